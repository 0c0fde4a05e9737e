/** Arguments that constructors and functions of `nn` share: sizes and numbers, checked. */

export { expectBoolean, expectCount, expectNumber, readTrailing, type Trailing } from '../arguments.ts';
