/** `torch.io`: Python's values in files that JavaScript has no like of. */
export { DeviceValue, Dict, DTypeValue, Size, Tuple } from './python-values.ts';
