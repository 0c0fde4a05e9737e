/**
 * What ends the process inside libtorch 2.13.0, under Python just the same: the fuzz leaves it out, by name. It also makes
 * no quantized tensors, whose kernels follow a pointer that views and empty results of theirs do not have: `view_copy` to
 * another dtype, `cat` of no tensors with a quantized `out`.
 */
export const knownCrashes: Readonly<Record<string, string>> = {
  batch_norm_update_stats: 'reads running statistics without looking at their size',
  choose_qparams_optimized: 'does not end for a negative number of bins',
  laguerre_polynomial_l: 'takes as many steps as the degree, so it does not end for 2^46',
  lp_pool1d: 'as max_pool1d, which it calls where the degree is infinite',
  max_pool1d: 'does not end for a kernel of 2^53 elements',
  native_batch_norm: 'reads running statistics that are not there when it does not train',
  native_group_norm: 'divides by a group count of 0 where tensors are sparse or meta',
  quantized_lstm_cell: 'reads a second state that is not there',
  range: 'divides by a fractional step that an integer dtype makes 0',
  special_laguerre_polynomial_l: 'as laguerre_polynomial_l',
};
