/** What Python has as properties of a tensor: its transposes, its parts, its place in the graph. */

import { gradFnName, gradOf, setGradOf } from './autograd/graph.ts';
import type { DType } from './dtype.ts';
import { native, words } from './native.ts';
import { overloadFunction } from './operator.ts';
import type { Tensor } from './tensor.ts';
import type { Scalar } from './types.ts';

const realOf = overloadFunction('aten', 'real', '') as (input: Tensor) => Tensor;
const imagOf = overloadFunction('aten', 'imag', '') as (input: Tensor) => Tensor;
const setData = overloadFunction('aten', 'set_data', '') as (input: Tensor, data: Tensor) => void;
const numpyT = overloadFunction('aten', 'numpy_T', '') as (input: Tensor) => Tensor;
const matrixH = overloadFunction('aten', 'matrix_H', '') as (input: Tensor) => Tensor;
const mTOf = overloadFunction('aten', 'mT', '') as (input: Tensor) => Tensor;
const mHOf = overloadFunction('aten', 'mH', '') as (input: Tensor) => Tensor;

const elementSizes: Readonly<Partial<Record<DType, number>>> = {
  complex128: 16,
  complex64: 8,
  float64: 8,
  int64: 8,
  uint64: 8,
  float32: 4,
  int32: 4,
  uint32: 4,
  complex32: 4,
  qint32: 4,
  float16: 2,
  bfloat16: 2,
  int16: 2,
  uint16: 2,
};

/** Getters and setters by name. */
export const properties: Record<string, { get(this: Tensor): unknown; set?(this: Tensor, value: never): void }> = {
  T: {
    get: function () {
      return numpyT(this);
    },
  },
  mT: {
    get: function () {
      return mTOf(this);
    },
  },
  H: {
    get: function () {
      return matrixH(this);
    },
  },
  mH: {
    get: function () {
      return mHOf(this);
    },
  },
  real: {
    get: function () {
      return realOf(this);
    },
    set: function (value: Tensor | Scalar) {
      realOf(this).copy_(value);
    },
  },
  imag: {
    get: function () {
      return imagOf(this);
    },
    set: function (value: Tensor | Scalar) {
      imagOf(this).copy_(value);
    },
  },
  data: {
    get: function () {
      return this.detach();
    },
    set: function (value: Tensor) {
      setData(this, value);
    },
  },
  grad: {
    get: function () {
      return gradOf(this);
    },
    set: function (value: Tensor | null) {
      setGradOf(this, value);
    },
  },
  gradFn: {
    get: function () {
      const name = gradFnName(this);
      return name === undefined ? null : { name };
    },
  },
  version: {
    get: function () {
      words[0] = this.handle;
      return native.version();
    },
  },
  itemsize: {
    get: function () {
      return elementSizes[this.dtype] ?? 1;
    },
  },
  nbytes: {
    get: function () {
      return this.numel() * this.itemsize;
    },
  },
  isCuda: {
    get: function () {
      return this.device.startsWith('cuda');
    },
  },
  isMeta: {
    get: function () {
      return this.device === 'meta';
    },
  },
  isSparse: {
    get: function () {
      return this.layout === 'sparse_coo';
    },
  },
};
