/** `torch.io`: Python's values in files that JavaScript has no like of. */
export {
  ByteArray,
  DeviceValue,
  Dict,
  DTypeValue,
  LayoutValue,
  QuantizationScheme,
  Size,
  Tuple,
} from './python-values.ts';
