/** The table of contents of the benchmarks: every question, its rivals and its targets. */

import type { Question } from './question.ts';

export const questions: readonly Question[] = [
  {
    name: 'operator-call',
    asks: 'What does a small operator cost?',
    rivals: ['python', 'cpp'],
    comparisons: [
      {
        title: 'a + b on 4 floats, scoped',
        ours: 'add, scoped',
        unit: 'time',
        rivals: { python: { row: 'add', target: 0.75 }, cpp: { row: 'add' } },
      },
      {
        title: 'a + b on 4 floats, unscoped',
        ours: 'add, unscoped',
        unit: 'time',
        rivals: { python: { row: 'add', target: 1.0 }, cpp: { row: 'add' } },
      },
      ...['mul number', 'sum keepdim', 'matmul', 'index'].map((row) => ({
        title: {
          'mul number': 'a * 2.5 on 4 floats, scoped',
          'sum keepdim': '8x8 sum(1, keepdim), scoped',
          matmul: '8x8 @ 8x8, scoped',
          index: '8x8 [0:4, 2], scoped',
        }[row] as string,
        ours: row,
        unit: 'time' as const,
        rivals: { python: { row }, cpp: { row } },
      })),
    ],
  },
  {
    name: 'textbook-step',
    asks: "What does a training step of the textbook's classifier cost? Linear(10, 32)-ReLU-Linear(32, 1), batch 64, hinge loss, SGD",
    rivals: ['python', 'cpp', 'tfjs'],
    comparisons: [
      {
        title: 'step',
        ours: 'step',
        unit: 'time',
        rivals: {
          python: { row: 'step', target: 0.6 },
          cpp: { row: 'step', target: 1.15 },
          tfjs: { row: 'step' },
        },
      },
    ],
  },
  {
    name: 'mlp-step',
    asks: 'What does a training step of a 128-256-1 MLP at batch 256 cost?',
    rivals: ['python'],
    comparisons: ['SGD', 'Adam'].map((row) => ({
      title: `step with ${row}`,
      ours: row,
      unit: 'time',
      rivals: { python: { row, target: 0.95 } },
    })),
  },
  {
    name: 'digits-step',
    asks: "What does the demo's convolutional step cost? Embedding of 256 images, triplets mined from the batch, Adam",
    rivals: ['python'],
    comparisons: [{ title: 'step', ours: 'step', unit: 'time', rivals: { python: { row: 'step', target: 1.0 } } }],
  },
  {
    name: 'network-step',
    asks: 'What does a training step of a small residual network (32 images of 32x32, SGD with momentum) and of a small transformer (16 sequences of 32 words, fused AdamW) cost?',
    rivals: ['python'],
    comparisons: ['resnet', 'transformer'].map((row) => ({
      title: row,
      ours: row,
      unit: 'time',
      rivals: { python: { row, target: 1.0 } },
    })),
  },
  {
    name: 'optimizer-step',
    asks: 'What does a step of fused AdamW over two hundred parameters of 64 elements cost?',
    rivals: ['python'],
    comparisons: [
      {
        title: 'step',
        ours: 'AdamW, fused',
        unit: 'time',
        rivals: { python: { row: 'AdamW, fused', target: 0.7 } },
      },
    ],
  },
  {
    name: 'start-up',
    asks: 'How long does a program live that loads the library and makes one tensor?',
    rivals: ['python'],
    comparisons: [
      { title: 'process', ours: 'process', unit: 'time', rivals: { python: { row: 'process', target: 0.35 } } },
    ],
  },
  {
    name: 'memory',
    asks: 'What does a synchronous loop that drops 1,500 tensors of 4 MB need at most?',
    rivals: ['python'],
    mostTrials: 3,
    comparisons: [{ title: 'peak', ours: 'peak', unit: 'megabytes', limit: 400, rivals: { python: { row: 'peak' } } }],
  },
  {
    name: 'files',
    asks: 'What does loading a large file cost that lies in the page cache? 256 MB, or HINGE_BENCH_MEGABYTES',
    rivals: ['python'],
    comparisons: (
      [
        ['.pt', 'pt', 1.2],
        ['safetensors', 'safetensors', 1.0],
        ['safetensors, every element summed', 'safetensors, and sum'],
        ['.pt mapped', 'pt mapped'],
        ['.pt mapped, every element summed', 'pt mapped, and sum'],
      ] as const
    ).map(([title, row, target]) => ({
      title: `load ${title}`,
      ours: row,
      unit: 'time',
      rivals: { python: { row, target } },
    })),
  },
  {
    name: 'triplet-loss',
    asks: 'What does the triplet margin loss over all 11.8 million triplets of 512 embeddings of ten classes cost, backward included? The rival is pytorch-metric-learning',
    rivals: ['python'],
    mostTrials: 3,
    comparisons: [
      { title: '512 rows', ours: 'step', unit: 'time', rivals: { python: { row: 'step', target: 1 / 30 } } },
      {
        title: '512 rows, memory',
        ours: 'growth',
        unit: 'megabytes',
        rivals: { python: { row: 'growth', target: 1 / 20 } },
      },
      { title: '2048 rows, memory', ours: 'growth at 2048', unit: 'megabytes', limit: 400, rivals: {} },
      { title: '16384 rows, memory', ours: 'growth at 16384', unit: 'megabytes', limit: 300, rivals: {} },
    ],
  },
  {
    name: 'mining',
    asks: 'What does choosing the hardest and the semi-hard pairs of 2,048 embeddings cost? Ten classes; the rival is pytorch-metric-learning',
    rivals: ['python'],
    comparisons: (
      [
        ['BatchHardMiner', 'hard'],
        ['BatchEasyHardMiner, semi-hard negatives', 'semihard'],
      ] as const
    ).map(([title, row]) => ({
      title,
      ours: row,
      unit: 'time',
      rivals: { python: { row, target: 0.2 } },
    })),
  },
  {
    name: 'nearest-neighbors',
    asks: 'What do the exact nearest neighbours of 60,000 rows of 128 numbers among themselves cost? The rival is faiss',
    rivals: ['python'],
    mostTrials: 3,
    comparisons: [10, 100].map((k) => ({
      title: `${k} neighbours`,
      ours: `k ${k}`,
      unit: 'time',
      rivals: { python: { row: `k ${k}`, target: 1.0 } },
    })),
  },
];
