import torch
from pytorch_metric_learning import miners

from stopwatch import Stopwatch

torch.set_num_threads(1)
torch.manual_seed(0)
stopwatch = Stopwatch()
embeddings = torch.randn(2048, 128)
labels = torch.arange(2048) % 10


def loop_of(miner):
    def loop(count):
        for _ in range(count):
            miner(embeddings, labels)

    return loop


for row, miner in (
    ("hard", miners.BatchHardMiner()),
    ("semihard", miners.BatchEasyHardMiner(pos_strategy="easy", neg_strategy="semihard")),
):
    stopwatch.number(f"{row}, sum of indices", sum(each.sum().item() for each in miner(embeddings, labels)))
    stopwatch.time(row, loop_of(miner))
stopwatch.print()
