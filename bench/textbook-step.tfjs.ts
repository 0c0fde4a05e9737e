import tf from '@tensorflow/tfjs';
import { Stopwatch } from './stopwatch.ts';

await tf.setBackend('cpu');
await tf.ready();
const stopwatch = new Stopwatch();
const x = tf.randomNormal<tf.Rank.R2>([64, 10]);
const y = tf.randomUniform([64], 0, 2, 'int32').toFloat().mul(2).sub(1);
const uniform = (shape: number[], bound: number) => tf.variable(tf.randomUniform(shape, -bound, bound));
const weight1 = uniform([10, 32], Math.sqrt(1 / 10)) as tf.Variable<tf.Rank.R2>;
const bias1 = uniform([32], Math.sqrt(1 / 10));
const weight2 = uniform([32, 1], Math.sqrt(1 / 32)) as tf.Variable<tf.Rank.R2>;
const bias2 = uniform([1], Math.sqrt(1 / 32));
const optimizer = tf.train.sgd(0.01);

stopwatch.time('step', (count) => {
  for (let i = 0; i < count; i++) {
    optimizer.minimize(() => {
      const scores = x.matMul(weight1).add(bias1).relu().matMul(weight2).add(bias2).squeeze([-1]);
      return tf.relu(tf.sub(1, y.mul(scores))).mean() as tf.Scalar;
    });
  }
});
stopwatch.print();
