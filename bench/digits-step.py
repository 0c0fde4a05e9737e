import math

import torch
import torch.nn.functional as F
from torch import nn

from stopwatch import Stopwatch

MARGIN = 0.2


class DigitEmbedding(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )
        self.out = nn.Linear(32 * 7 * 7, 64)

    def forward(self, images):
        return F.normalize(self.out(self.features(images)))


def distort(images):
    count = len(images)

    def up_to(limit):
        return (torch.rand(count) * 2 - 1) * limit

    angle = up_to(15 * math.pi / 180)
    scale = up_to(0.15) + 1
    cosine = angle.cos() * scale
    sine = angle.sin() * scale
    across = torch.stack([cosine, -sine + up_to(0.2), up_to(0.1)], 1)
    down = torch.stack([sine, cosine, up_to(0.1)], 1)
    grid = F.affine_grid(torch.stack([across, down], 1), images.shape, align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def pairwise_distances(embeddings):
    wide = embeddings.double() if rounded_once else embeddings
    distances = torch.cdist(wide, wide, 2, compute_mode="donot_use_mm_for_euclid_dist")
    return distances.to(embeddings.dtype)


@torch.no_grad()
def mine(embeddings, labels):
    """All triplets that violate the margin, and their share of all that the labels allow."""
    distances = pairwise_distances(embeddings)
    different = labels[:, None] != labels[None]
    anchor, positive = (~different).fill_diagonal_(False).nonzero().unbind(1)
    possible = different[anchor]
    gap = distances[anchor] - distances[anchor, positive][:, None]
    is_hard = (gap > 0).logical_not_().logical_and_(possible)
    violates = (gap > MARGIN).logical_not_().logical_and_(possible)
    total = possible.sum().item()
    hard = is_hard.sum().item()
    semihard = violates.sum().item() - hard
    row, negative = violates.nonzero().unbind(1)
    return anchor[row], positive[row], negative, (semihard + hard) / total


def triplet_loss(embeddings, anchor, positive, negative):
    distances = pairwise_distances(embeddings)
    losses = (MARGIN - (distances[anchor, negative] - distances[anchor, positive])).relu()
    return losses.sum() / (losses.detach() > 0).sum().clamp_min(1)


torch.set_num_threads(1)
torch.manual_seed(0)
# The steps that are compared are computed in float64: Adam makes a whole step of a gradient that is 0 but for rounding.
torch.set_default_dtype(torch.float64)
rounded_once = False
stopwatch = Stopwatch()
labels = torch.randint(0, 10, (256,))
shapes = torch.rand(10, 1, 28, 28)
images = shapes[labels] + torch.rand(256, 1, 28, 28) * 0.5
model = DigitEmbedding()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def step():
    embeddings = model(distort(images))
    anchor, positive, negative, violating = mine(embeddings, labels)
    loss = triplet_loss(embeddings, anchor, positive, negative)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item(), violating


def steps(count):
    for _ in range(count):
        step()


steps(9)
loss, violating = step()
stopwatch.number("loss of step 10", loss)
stopwatch.number("violating triplets of step 10", violating)

# From here on in float32, and the weights stay: each contestant takes as many steps as it can, and all must mine as many
# triplets. A last bit decides on those at the margin's edge, so the step that is compared rounds distances once, as ours
# always are; those that are timed take cdist as it is.
torch.set_default_dtype(torch.float32)
images = images.float()
model.float()
optimizer = torch.optim.Adam(model.parameters(), lr=0.0)
rounded_once = True
stopwatch.number("violating triplets of the timed weights", step()[1])
rounded_once = False
stopwatch.time("step", steps)
stopwatch.print()
