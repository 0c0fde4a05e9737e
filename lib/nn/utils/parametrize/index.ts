/** `torch.nn.utils.parametrize`. */

export { cached } from './cached.ts';
export { type Parametrization, ParametrizationList } from './parametrization-list.ts';
export {
  isParametrized,
  type Parametrized,
  registerParametrization,
  removeParametrizations,
  transferParametrizationsAndParams,
  typeBeforeParametrizations,
} from './register.ts';
