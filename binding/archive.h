// The zip archives that TorchScript is stored in, checked before libtorch reads them: it trusts what it finds there.
#pragma once

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/api/module.h>

namespace hinge {

// Throws BadFile unless the file is a zip archive all of whose records lie in it and have their checksums.
void checkArchive(const std::shared_ptr<caffe2::serialize::ReadAdapterInterface>& archive);
// Throws BadFile if a tensor of the module, or a constant of its code, reaches beyond its storage.
void checkTensors(const torch::jit::Module& module);

}  // namespace hinge
