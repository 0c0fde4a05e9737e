/** Parameters in one vector, and back. */

import { DeviceError, describeValue } from '../../errors.ts';
import { cat } from '../../generated/torch.ts';
import { Tensor } from '../../tensor.ts';

function expectOneDevice(where: string, parameters: Iterable<Tensor>): Tensor[] {
  const list = [...parameters];
  for (const [i, each] of list.entries()) {
    if (!((each as unknown) instanceof Tensor)) {
      throw new TypeError(`${where}: parameters[${i}] must be a Tensor, got ${describeValue(each)}`);
    }
    const first = (list[0] as Tensor).device;
    if (each.device !== first) {
      throw new DeviceError(`${where}: parameters must be on one device, got ${first} and ${each.device}`);
    }
  }
  return list;
}

/** All elements in one vector, through which gradients flow (`torch.nn.utils.parameters_to_vector`). */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  return cat(expectOneDevice('parametersToVector', parameters).map((each) => each.view([-1])));
}

/**
 * Makes parts of a vector the data of parameters, which share its memory then (`torch.nn.utils.vector_to_parameters`).
 * @throws TorchError if the vector is too short.
 */
export function vectorToParameters(vec: Tensor, parameters: Iterable<Tensor>): void {
  const where = 'vectorToParameters';
  if (!((vec as unknown) instanceof Tensor)) {
    throw new TypeError(`${where}: vec must be a Tensor, got ${describeValue(vec)}`);
  }
  let from = 0;
  for (const each of expectOneDevice(where, parameters)) {
    const count = each.numel();
    each.data = vec.narrow(0, from, count).viewAs(each).data;
    from += count;
  }
}
