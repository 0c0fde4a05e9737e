import torch
from pytorch_metric_learning import losses

from peak import peak_megabytes
from stopwatch import Stopwatch

torch.set_num_threads(1)
stopwatch = Stopwatch()
loss_fn = losses.TripletMarginLoss(margin=0.2)


def step_of(rows):
    torch.manual_seed(0)
    embeddings = torch.randn(rows, 128).requires_grad_()
    labels = torch.arange(rows) % 10

    def step():
        loss = loss_fn(embeddings, labels)
        loss.backward()
        embeddings.grad = None
        return loss.item()

    return step


step_of(64)()
before = peak_megabytes()
step = step_of(512)
stopwatch.number("loss", step())
stopwatch.note("growth", peak_megabytes() - before)


def loop(count):
    for _ in range(count):
        step()


stopwatch.time("step", loop)
stopwatch.print()
