/** TensorFlow's record files: each record between its length and two checksums. */

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli), which zlib does not have. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The checksum as record files have it, so that a checksum of checksums is not degenerate. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A record with its length and checksums. */
export function record(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 16);
  const view = new DataView(result.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, masked(result.subarray(0, 8)), true);
  result.set(bytes, 12);
  view.setUint32(12 + bytes.length, masked(bytes), true);
  return result;
}
