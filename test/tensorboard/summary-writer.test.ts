import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { SummaryWriter } from '../../lib/tensorboard/index.ts';
import { crc32c, record } from '../../lib/tensorboard/record.ts';
import { usePython } from '../parity/oracle.ts';

describe('record', () => {
  it('has the CRC-32C of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).to.equal(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).to.equal(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).to.equal(0x46dd794e);
  });

  it('holds its length and its bytes', () => {
    const bytes = record(Uint8Array.of(7, 8, 9));
    expect(bytes).to.have.length(19);
    expect(bytes[0]).to.equal(3);
    expect([...bytes.subarray(12, 15)]).to.deep.equal([7, 8, 9]);
  });
});

describe('SummaryWriter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hinge-tensorboard-'));
  after(() => rmSync(folder, { recursive: true }));

  it('refuses what cannot be drawn', () => {
    using writer = new SummaryWriter(join(folder, 'refused'));
    expect(() => new SummaryWriter(3 as never)).to.throw(TypeError, 'logDir must be a path, got 3');
    expect(() => writer.addScalar('', 1)).to.throw(TypeError, 'tag must be a string');
    expect(() => writer.addScalar('loss', 'high' as never)).to.throw(TypeError, 'value must be a number, got "high"');
    expect(() => writer.addScalar('loss', 1, 0.5)).to.throw(TypeError, 'globalStep must be an integer');
    expect(() => writer.addHistogram('weights', torch.zeros([0]))).to.throw(RangeError, 'must not be empty');
    expect(() => writer.addHistogram('weights', torch.tensor([Number.NaN]))).to.throw(RangeError, 'finite');
    expect(() => writer.addHistogram('weights', [1] as never)).to.throw(TypeError, 'must be a Tensor');
    expect(() => writer.addText('notes', 3 as never)).to.throw(TypeError, 'textString must be a string');
    writer.close();
    expect(() => writer.addScalar('loss', 1)).to.throw(TypeError, 'closed');
  });

  it('gives each writer a file', () => {
    const shared = join(folder, 'shared');
    using first = new SummaryWriter(shared, { filenameSuffix: '.a' });
    using second = new SummaryWriter(shared, { filenameSuffix: '.b' });
    expect(readdirSync(shared)).to.have.length(2);
    expect(first.path).to.match(/events\.out\.tfevents\.\d{10}\..*\.a$/);
    expect(readFileSync(second.path).includes('brain.Event:2')).to.equal(true);
  });

  describe('beside Python', () => {
    const python = usePython();

    it("writes what TensorBoard's own reader reads", async () => {
      const events = join(folder, 'read');
      using writer = new SummaryWriter(events);
      writer.addScalar('loss/train', 0.25, 7, 1234.5);
      writer.addScalar('loss/train', torch.tensor(-1e30), 2 ** 40);
      writer.addScalars('accuracy', { train: 0.5, test: 0.25 }, 8);
      writer.addText('notes', 'größer **is** better', 3);
      const values = torch.tensor([-2, 0, 0, 1e-3, 1.5, 40]);
      writer.addHistogram('weights', values, 9);
      const answer = await python.run(
        `
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
_reader = EventAccumulator(folder, size_guidance={"histograms": 0, "tensors": 0})
_reader.Reload()
tags = _reader.Tags()["scalars"]
points = [[e.wall_time, e.step, e.value] for e in _reader.Scalars("loss/train")]
accuracy = [[e.step, e.value] for e in _reader.Scalars("accuracy/test")]
note = _reader.Tensors("notes")[0].tensor_proto.string_val[0].decode()
_h = _reader.Histograms("weights")[0].histogram_value
histogram = [_h.min, _h.max, _h.num, _h.sum, _h.sum_squares, sum(_h.bucket)]
inside = [sum(c for l, c in zip(_h.bucket_limit, _h.bucket) if l <= 0), sum(c for l, c in zip(_h.bucket_limit, _h.bucket) if l > 1)]
`,
        { folder: events },
      );
      expect(answer.tags).to.have.members(['loss/train', 'accuracy/train', 'accuracy/test']);
      expect((answer.points as number[][])[0]).to.deep.equal([1234.5, 7, 0.25]);
      expect((answer.points as number[][])[1]?.slice(1)).to.deep.equal([2 ** 40, Math.fround(-1e30)]);
      expect(answer.accuracy).to.deep.equal([[8, 0.25]]);
      expect(answer.note).to.equal('größer **is** better');
      const expected = values.to('float64');
      expect(answer.histogram).to.deep.equal([-2, 40, 6, expected.sum().item(), expected.square().sum().item(), 6]);
      expect(answer.inside).to.deep.equal([3, 2]);
    });
  });
});
