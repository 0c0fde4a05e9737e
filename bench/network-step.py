import torch
from torch import nn

from networks.small_resnet import SmallResNet
from networks.small_transformer import SmallTransformer
from stopwatch import Stopwatch

torch.set_num_threads(1)
stopwatch = Stopwatch()
loss_fn = nn.CrossEntropyLoss()


def measure(name, model, optimizer, inputs):
    labels = torch.randint(0, 10, (len(inputs),))

    def step():
        loss = loss_fn(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    def steps(count):
        for _ in range(count):
            step()

    steps(5)
    stopwatch.number(f"loss after 5 steps, {name}", step())
    stopwatch.time(name, steps)


torch.manual_seed(0)
resnet = SmallResNet()
sgd = torch.optim.SGD(resnet.parameters(), lr=0.1, momentum=0.9)
measure("resnet", resnet, sgd, torch.randn(32, 3, 32, 32))

# Again, because how many numbers the steps above drew depends on how fast they were.
torch.manual_seed(0)
transformer = SmallTransformer()
adam_w = torch.optim.AdamW(transformer.parameters(), lr=1e-3, fused=True)
measure("transformer", transformer, adam_w, torch.randint(0, 1000, (16, 32)))

stopwatch.print()
