#include "archive.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/crc_alt.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "allocator.h"
#include "errors.h"

namespace hinge {

namespace {

using caffe2::serialize::ReadAdapterInterface;

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kDirectoryEntry = 0x02014b50;
constexpr uint32_t kDirectoryEnd = 0x06054b50;
constexpr uint32_t kDirectoryEnd64 = 0x06064b50;
constexpr uint32_t kDirectoryLocator64 = 0x07064b50;
constexpr size_t kDirectoryEndSize = 22;
constexpr size_t kLongestComment = 65535;
constexpr uint16_t kExtra64 = 1;
constexpr size_t kChunk = 1 << 20;

[[noreturn]] void refuse(const std::string& what) {
  throw BadFile("the archive is damaged: " + what);
}

std::vector<uint8_t> readAt(const ReadAdapterInterface& file, uint64_t position, uint64_t size, const char* what) {
  if (position > file.size() || size > file.size() - position) refuse(std::string(what) + " lies beyond its end");
  std::vector<uint8_t> bytes(size);
  if (file.read(position, bytes.data(), size, what) != size) refuse(std::string(what) + " cannot be read");
  return bytes;
}

// Little-endian numbers of a header.
template <class Number>
Number numberAt(const std::vector<uint8_t>& bytes, size_t position) {
  if (position + sizeof(Number) > bytes.size()) refuse("a header ends early");
  Number number = 0;
  for (size_t i = 0; i < sizeof(Number); i++) number |= static_cast<Number>(bytes[position + i]) << (8 * i);
  return number;
}

struct Directory {
  uint64_t position;
  uint64_t size;
  uint64_t entries;
};

Directory findDirectory(const ReadAdapterInterface& file) {
  if (file.size() < kDirectoryEndSize) refuse("it is shorter than its directory");
  const uint64_t start = file.size() - std::min<uint64_t>(file.size(), kDirectoryEndSize + kLongestComment);
  const auto tail = readAt(file, start, file.size() - start, "the directory");
  for (size_t at = tail.size() - kDirectoryEndSize + 1; at-- > 0;) {
    if (numberAt<uint32_t>(tail, at) != kDirectoryEnd) continue;
    Directory found{numberAt<uint32_t>(tail, at + 16), numberAt<uint32_t>(tail, at + 12),
                    numberAt<uint16_t>(tail, at + 10)};
    if (start + at >= 20) {
      const auto locator = readAt(file, start + at - 20, 20, "the directory's locator");
      if (numberAt<uint32_t>(locator, 0) == kDirectoryLocator64) {
        const auto end = readAt(file, numberAt<uint64_t>(locator, 8), 56, "the directory's end");
        if (numberAt<uint32_t>(end, 0) != kDirectoryEnd64) refuse("its directory has no end");
        found = {numberAt<uint64_t>(end, 48), numberAt<uint64_t>(end, 40), numberAt<uint64_t>(end, 32)};
      }
    }
    return found;
  }
  refuse("it has no directory");
}

struct Record {
  std::string name;
  uint16_t method;
  uint32_t checksum;
  uint64_t compressed;
  uint64_t size;
  uint64_t header;
};

// Sizes that do not fit 32 bits stand in the extra field, in this order.
void readExtra64(const std::vector<uint8_t>& extra, Record& record) {
  for (size_t at = 0; at + 4 <= extra.size(); at += 4 + numberAt<uint16_t>(extra, at + 2)) {
    if (numberAt<uint16_t>(extra, at) != kExtra64) continue;
    size_t next = at + 4;
    for (uint64_t* field : {&record.size, &record.compressed, &record.header}) {
      if (*field != 0xffffffff) continue;
      *field = numberAt<uint64_t>(extra, next);
      next += 8;
    }
  }
}

std::vector<Record> readDirectory(const ReadAdapterInterface& file) {
  const Directory directory = findDirectory(file);
  const auto bytes = readAt(file, directory.position, directory.size, "the directory");
  std::vector<Record> records;
  size_t at = 0;
  for (uint64_t i = 0; i < directory.entries; i++) {
    if (numberAt<uint32_t>(bytes, at) != kDirectoryEntry) refuse("its directory has a wrong entry");
    const size_t nameSize = numberAt<uint16_t>(bytes, at + 28);
    const size_t extraSize = numberAt<uint16_t>(bytes, at + 30);
    const size_t end = at + 46 + nameSize + extraSize + numberAt<uint16_t>(bytes, at + 32);
    if (end > bytes.size()) refuse("its directory ends early");
    const auto name = bytes.begin() + static_cast<ptrdiff_t>(at) + 46;
    const auto extra = name + static_cast<ptrdiff_t>(nameSize);
    Record record{std::string(name, extra),           numberAt<uint16_t>(bytes, at + 10),
                  numberAt<uint32_t>(bytes, at + 16), numberAt<uint32_t>(bytes, at + 20),
                  numberAt<uint32_t>(bytes, at + 24), numberAt<uint32_t>(bytes, at + 42)};
    readExtra64({extra, extra + static_cast<ptrdiff_t>(extraSize)}, record);
    records.push_back(std::move(record));
    at = end;
  }
  return records;
}

uint32_t checksumOf(const ReadAdapterInterface& file, const Record& record) {
  const auto header = readAt(file, record.header, 30, "a record's header");
  if (numberAt<uint32_t>(header, 0) != kLocalHeader) refuse("'" + record.name + "' has no header");
  uint64_t position = record.header + 30 + numberAt<uint16_t>(header, 26) + numberAt<uint16_t>(header, 28);
  if (position > file.size() || record.size > file.size() - position) refuse("'" + record.name + "' is cut off");
  uint32_t checksum = 0;
  for (uint64_t left = record.size; left > 0;) {
    const auto chunk = readAt(file, position, std::min<uint64_t>(left, kChunk), "a record");
    checksum = crc32_fast(chunk.data(), chunk.size(), checksum);
    position += chunk.size();
    left -= chunk.size();
  }
  return checksum;
}

bool fitsStorage(const at::Tensor& tensor) {
  if (!tensor.has_storage() || tensor.device().type() == at::kMeta) return true;
  // The storage's size is what the file says, its memory as large as the record was.
  if (!holds(tensor.storage().data_ptr(), tensor.storage().nbytes())) return false;
  int64_t last = tensor.storage_offset();
  int64_t count = 1;
  if (last < 0) return false;
  for (int64_t i = 0; i < tensor.dim(); i++) {
    const int64_t size = tensor.size(i);
    int64_t reach;
    if (size < 0 || tensor.stride(i) < 0 || __builtin_mul_overflow(count, size, &count)) return false;
    if (size == 0) continue;
    if (__builtin_mul_overflow(size - 1, tensor.stride(i), &reach) || __builtin_add_overflow(last, reach, &last)) {
      return false;
    }
  }
  if (count == 0) return true;
  int64_t bytes;
  if (__builtin_add_overflow(last, 1, &last) ||
      __builtin_mul_overflow(last, static_cast<int64_t>(tensor.itemsize()), &bytes)) {
    return false;
  }
  return static_cast<uint64_t>(bytes) <= tensor.storage().nbytes();
}

void checkTensor(const at::Tensor& tensor) {
  if (!tensor.defined()) return;
  if (tensor.layout() == at::kSparse) {
    at::_validate_sparse_coo_tensor_args(tensor._indices(), tensor._values(), tensor.sizes());
    checkTensor(tensor._indices());
    checkTensor(tensor._values());
  } else if (tensor.layout() == at::kStrided && !fitsStorage(tensor)) {
    throw BadFile("the archive is damaged: a tensor reaches beyond its storage");
  }
}

// Goes through values without recursion, since a file decides how deep they are nested.
void checkValues(c10::IValue root) {
  std::vector<c10::IValue> open{std::move(root)};
  std::unordered_set<const void*> seen;
  while (!open.empty()) {
    const c10::IValue value = std::move(open.back());
    open.pop_back();
    if (value.isTensor()) {
      checkTensor(value.toTensor());
      continue;
    }
    if (!value.isPtrType() || !seen.insert(value.internalToPointer()).second) continue;
    if (value.isObject()) {
      const auto& slots = value.toObjectRef().slots();
      open.insert(open.end(), slots.begin(), slots.end());
    } else if (value.isTuple()) {
      const auto elements = value.toTupleRef().elements().asArrayRef();
      open.insert(open.end(), elements.begin(), elements.end());
    } else if (value.isList()) {
      const auto elements = value.toListRef();
      open.insert(open.end(), elements.begin(), elements.end());
    } else if (value.isGenericDict()) {
      for (const auto& entry : value.toGenericDict()) open.push_back(entry.value());
    }
  }
}

void checkConstants(at::ArrayRef<torch::jit::Block*> blocks) {
  std::vector<torch::jit::Block*> open(blocks.begin(), blocks.end());
  while (!open.empty()) {
    torch::jit::Block* block = open.back();
    open.pop_back();
    for (torch::jit::Node* node : block->nodes()) {
      open.insert(open.end(), node->blocks().begin(), node->blocks().end());
      if (node->kind() != c10::prim::Constant) continue;
      if (const auto value = torch::jit::toIValue(node->output())) checkValues(*value);
    }
  }
}

}  // namespace

void checkArchive(const std::shared_ptr<ReadAdapterInterface>& archive) {
  const ReadAdapterInterface& file = *archive;
  constexpr std::array<uint8_t, 4> kMagic{'P', 'K', 3, 4};
  std::array<uint8_t, 4> start{};
  if (file.size() < start.size() || file.read(0, start.data(), start.size(), "magic") != start.size() ||
      start != kMagic) {
    throw BadFile("not a TorchScript archive: it does not begin as a zip archive does");
  }
  bool hasCode = false;
  const std::vector<Record> records = readDirectory(file);
  caffe2::serialize::PyTorchStreamReader reader(archive);
  for (const Record& record : records) {
    // The reader calls them by their names inside of the archive's folder.
    const std::string name = record.name.substr(record.name.find('/') + 1);
    uint32_t checksum;
    if (record.method == 0) {
      checksum = checksumOf(file, record);
    } else {
      const auto [data, size] = reader.getRecord(name);
      checksum = crc32_fast(data.get(), size);
    }
    if (checksum != record.checksum) refuse("'" + record.name + "' differs from its checksum");
    hasCode = hasCode || name == "constants.pkl";
  }
  if (!hasCode) throw BadFile("not a TorchScript archive: it holds data without code, as torch.save writes it");
}

void checkTensors(const torch::jit::Module& module) {
  checkValues(c10::IValue(module._ivalue()));
  for (torch::jit::Function* function : module._ivalue()->compilation_unit()->get_functions()) {
    if (auto* withGraph = torch::jit::tryToGraphFunction(*function)) {
      torch::jit::Block* block = withGraph->graph()->block();
      checkConstants(block);
    }
  }
}

}  // namespace hinge
