/** `torch.utils.tensorboard`: event files that TensorBoard shows. */
export { SummaryWriter, type SummaryWriterOptions } from './summary-writer.ts';
