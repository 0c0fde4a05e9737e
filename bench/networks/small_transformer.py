import torch
from torch import nn


class SmallTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(1000, 64)
        self.positions = nn.Parameter(torch.randn(32, 64) * 0.02)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(64, 4, dim_feedforward=128, dropout=0.1, batch_first=True, norm_first=True),
            2,
            norm=nn.LayerNorm(64),
            enable_nested_tensor=False,
        )
        self.out = nn.Linear(64, 10)

    def forward(self, sequences):
        x = self.words(sequences) + self.positions
        return self.out(self.encoder(x).mean(1))
