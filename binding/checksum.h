// CRC-32, the checksum of zip archives.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hinge {

// False where the engine does not export its zlib.
bool hasChecksum();

// The checksum of bytes behind others, whose checksum is `sum`; 0 for none.
uint32_t checksum(uint32_t sum, const std::byte* data, size_t size);

}  // namespace hinge
