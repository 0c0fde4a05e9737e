import type { Tensor } from './tensor.ts';
export function formatTensor(tensor: Tensor): string {
  return `tensor(${JSON.stringify(tensor.tolist())})`;
}
