import * as torch from '../../lib/index.ts';

const { nn } = torch;

/** Two convolutions around which the input is added; `stride` halves the image. */
class Block extends nn.Module {
  conv1: torch.nn.Conv2d;
  bn1: torch.nn.BatchNorm2d;
  conv2: torch.nn.Conv2d;
  bn2: torch.nn.BatchNorm2d;
  shortcut: torch.nn.Sequential;

  constructor(inChannels: number, channels: number, stride: number) {
    super();
    this.conv1 = new nn.Conv2d(inChannels, channels, 3, { stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(channels);
    this.conv2 = new nn.Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(channels);
    this.shortcut = new nn.Sequential();
    if (stride !== 1 || inChannels !== channels) {
      this.shortcut.append(new nn.Conv2d(inChannels, channels, 1, { stride, bias: false }));
      this.shortcut.append(new nn.BatchNorm2d(channels));
    }
  }

  override forward(x: torch.Tensor): torch.Tensor {
    const inner = torch.relu(this.bn1(this.conv1(x)));
    return torch.relu(this.bn2(this.conv2(inner)).add(this.shortcut(x)));
  }
}

/** A residual network for images `[N, 3, 32, 32]` of ten classes. */
export class SmallResNet extends nn.Module {
  stem = new nn.Sequential(new nn.Conv2d(3, 16, 3, { padding: 1, bias: false }), new nn.BatchNorm2d(16), new nn.ReLU());
  blocks = new nn.Sequential(new Block(16, 16, 1), new Block(16, 32, 2), new Block(32, 64, 2));
  pool = new nn.AdaptiveAvgPool2d(1);
  dropout = new nn.Dropout(0.1);
  out = new nn.Linear(64, 10);

  override forward(images: torch.Tensor): torch.Tensor {
    return this.out(this.dropout(this.pool(this.blocks(this.stem(images))).flatten(1)));
  }
}
