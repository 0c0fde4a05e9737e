#include "file.h"

#include <ATen/ATen.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "arguments.h"
#include "checksum.h"
#include "slots.h"

namespace hinge {

namespace {

// Small enough that the checksum finds them in the cache.
constexpr size_t kPiece = size_t{256} << 10;

// Gives fresh memory its pages at once, which costs less than a fault for each of them while they are written.
void populate(std::byte* data, size_t length) {
#ifdef MADV_POPULATE_WRITE
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(data) + page - 1) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(data + length) / page * page;
  // A kernel that does not know how leaves them to faults.
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
#endif
}

// Fewer bytes only at the end of the file.
size_t readPiece(int file, std::byte* into, size_t length, int64_t position) {
  for (;;) {
    const ssize_t count = pread(file, into, length, position);
    if (count >= 0) return static_cast<size_t>(count);
    TORCH_CHECK(errno == EINTR, "reading a file failed: ", std::strerror(errno));
  }
}

}  // namespace

Napi::Value readFile(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::of(info.Env());
  Frame& frame = environment.frame;
  const int64_t descriptor = frame.integer();
  const int64_t position = frame.integer();
  const int64_t length = frame.integer();
  if (descriptor < 0 || descriptor > INT32_MAX) throw std::out_of_range("readFile: no such file descriptor");
  const int file = static_cast<int>(descriptor);
  struct stat facts{};
  TORCH_CHECK(fstat(file, &facts) == 0 && S_ISREG(facts.st_mode), "readFile: this is no open file");
  if (position < 0 || length < 0 || position > facts.st_size || length > facts.st_size - position) {
    throw std::out_of_range("readFile: the file has " + std::to_string(facts.st_size) + " bytes");
  }
  frame.rewind();
  if (!hasChecksum()) {
    frame.put(0);
    return info.Env().Undefined();
  }
  at::Tensor bytes = at::detail::empty_cpu({length}, at::kByte);
  uint32_t sum = 0;
  auto* data = static_cast<std::byte*>(length == 0 ? nullptr : bytes.mutable_data_ptr());
  for (int64_t at = 0; at < length;) {
    const size_t wanted = std::min(kPiece, static_cast<size_t>(length - at));
    populate(data + at, wanted);
    const size_t count = readPiece(file, data + at, wanted, position + at);
    if (count == 0) throw std::out_of_range("readFile: the file ended while it was read");
    sum = checksum(sum, data + at, count);
    at += static_cast<int64_t>(count);
  }
  frame.put(Slots::add(environment, std::move(bytes)));
  frame.put(sum);
  return info.Env().Undefined();
}

}  // namespace hinge
