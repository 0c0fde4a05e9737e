/** Lists and dicts of parameters as Python prints them. */

import type { DType } from '../dtype.ts';
import type { Parameter } from './parameter.ts';

/** libtorch's names of element types, where they are not the dtype with a capital. */
const elementTypes: Readonly<Partial<Record<DType, string>>> = {
  uint8: 'Byte',
  int8: 'Char',
  int16: 'Short',
  int32: 'Int',
  int64: 'Long',
  uint16: 'UInt16',
  uint32: 'UInt32',
  uint64: 'UInt64',
  float16: 'Half',
  bfloat16: 'BFloat16',
  float32: 'Float',
  float64: 'Double',
  complex32: 'ComplexHalf',
  complex64: 'ComplexFloat',
  complex128: 'ComplexDouble',
};

/** What `torch.typename` gives: `torch.FloatTensor`, `torch.cuda.FloatTensor`. */
export function typeName({ dtype, device }: Parameter): string {
  const element = elementTypes[dtype] ?? dtype.charAt(0).toUpperCase() + dtype.slice(1);
  const [type] = device.split(':');
  return `torch.${type === 'cpu' ? '' : `${type}.`}${element}Tensor`;
}

/** Lines of names and parameters; `typeOf` is how a parameter's type is written. */
export function printParameters(
  entries: Iterable<readonly [string, Parameter | null]>,
  typeOf: (parameter: Parameter) => string,
): string {
  const lines = [...entries].map(([name, parameter]) => {
    if (parameter === null) return `  (${name}): Object of type: NoneType`;
    const place = parameter.isCuda ? ` (${parameter.device})` : '';
    const size = parameter.shape.join('x');
    return `  (${name}): Parameter containing: [${typeOf(parameter)} of size ${size}${place}]`;
  });
  return lines.join('\n');
}
