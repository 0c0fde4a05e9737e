import { inspect } from 'node:util';
import { expect } from 'chai';
import * as torch from '../lib/index.ts';
import { fixed, scientific, shortest } from '../lib/printing/decimal.ts';
import { getPrintoptions, type PrintOptionChanges, setPrintoptions } from '../lib/printing.ts';

// Longer grids against a live Python are in test/parity/printing.test.ts; these texts are Python's, too.

describe('a printed tensor', () => {
  afterEach(() => setPrintoptions({ profile: 'default' }));

  it('shows floats with four digits in common width', () => {
    const x = torch.tensor([
      [1.5, -20.25],
      [0, 2.25],
    ]);
    expect(String(x)).to.equal('tensor([[  1.5000, -20.2500],\n        [  0.0000,   2.2500]])');
  });

  it('shows integral floats with a point only', () => {
    expect(String(torch.tensor([1, 20, Number.NaN]))).to.equal('tensor([ 1., 20., nan])');
  });

  it('rounds ties to the even digit, as Python does', () => {
    expect(String(torch.tensor([0.03125, 0.09375]))).to.equal('tensor([0.0312, 0.0938])');
  });

  it('turns to scientific notation for a wide range', () => {
    expect(String(torch.tensor([1.5, 0.00001]))).to.equal('tensor([1.5000e+00, 1.0000e-05])');
  });

  it('shows integers beyond 2^53 exactly', () => {
    expect(String(torch.tensor([2n ** 63n - 1n, -1n]))).to.equal('tensor([9223372036854775807,                  -1])');
  });

  it('names a dtype that the elements do not show', () => {
    expect(String(torch.tensor([1, 2], { dtype: 'float16' }))).to.equal('tensor([1., 2.], dtype=torch.float16)');
    expect(String(torch.tensor([true, false]))).to.equal('tensor([ True, False])');
    expect(String(torch.tensor([7n]))).to.equal('tensor([7])');
  });

  it('breaks lines at 80 characters and aligns them', () => {
    expect(String(torch.ones([20]))).to.equal(
      'tensor([1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.,\n        1., 1.])',
    );
  });

  it('shows both ends of more than 1000 elements', () => {
    expect(String(torch.arange(1001))).to.equal('tensor([   0,    1,    2,  ...,  998,  999, 1000])');
    expect(String(torch.zeros([2, 1000]))).to.equal(
      'tensor([[0., 0., 0.,  ..., 0., 0., 0.],\n        [0., 0., 0.,  ..., 0., 0., 0.]])',
    );
  });

  it('takes no longer for a view of a billion elements', function () {
    this.timeout(2000);
    expect(String(torch.tensor(1.5).expand([1000, 1000, 1000]))).to.include('[1.5000, 1.5000, 1.5000,  ..., 1.5000');
  });

  it('shows what autograd knows of it', () => {
    const x = torch.tensor([1, 2], { requiresGrad: true });
    expect(String(x)).to.equal('tensor([1., 2.], requires_grad=True)');
    expect(String(x.mul(2))).to.equal('tensor([2., 4.], grad_fn=<MulBackward0>)');
  });

  it('shows no elements where there are none', () => {
    expect(String(torch.empty([0]))).to.equal('tensor([])');
    expect(String(torch.empty([2, 0], { dtype: 'int64' }))).to.equal('tensor([], size=(2, 0), dtype=torch.int64)');
    expect(String(torch.empty([3], { device: 'meta' }))).to.equal("tensor(..., device='meta', size=(3,))");
  });

  it('is what console.log and templates show', () => {
    const x = torch.tensor([1.5]);
    expect(inspect(x)).to.equal('tensor([1.5000])');
    expect(`${x}`).to.equal('tensor([1.5000])');
    expect(inspect({ x })).to.include('tensor([1.5000])');
  });

  it('leaves no tensors behind', () => {
    const tensors = [
      torch.randn([30, 50], { requiresGrad: true }),
      torch.eye(3).toSparse(),
      torch.ones([2], { dtype: 'complex64' }).conj(),
      torch.ones([3], { dtype: 'bfloat16' }),
    ];
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    for (const tensor of tensors) String(tensor);
    expect(torch.memory().tensors).to.equal(before);
  });

  it('is refused for a freed tensor', () => {
    const x = torch.ones([2]);
    x.dispose();
    expect(() => String(x)).to.throw(torch.DisposedError);
  });
});

describe('setPrintoptions', () => {
  afterEach(() => setPrintoptions({ profile: 'default' }));

  it('changes digits, ends, threshold and line width', () => {
    setPrintoptions({ precision: 2, edgeitems: 1, threshold: 3, linewidth: 20 });
    expect(String(torch.tensor([1.25, 2.5, 3.75, 5]))).to.equal('tensor([1.25,  ...,\n        5.00])');
  });

  it('keeps what is not named, and forgets sciMode', () => {
    setPrintoptions({ precision: 2, sciMode: true });
    expect(String(torch.tensor([1.5]))).to.equal('tensor([1.50e+00])');
    setPrintoptions({ linewidth: 100 });
    expect(getPrintoptions()).to.deep.equal({
      precision: 2,
      threshold: 1000,
      edgeitems: 3,
      linewidth: 100,
      sciMode: null,
    });
  });

  it('starts from a profile', () => {
    setPrintoptions({ profile: 'full', precision: 1 });
    expect(getPrintoptions()).to.include({ threshold: Number.POSITIVE_INFINITY, precision: 1, edgeitems: 3 });
  });

  it('hands out a copy', () => {
    getPrintoptions().precision = 1;
    expect(getPrintoptions().precision).to.equal(4);
  });

  const refused: readonly (readonly [unknown, ErrorConstructor, string])[] = [
    [{ precision: -1 }, RangeError, 'setPrintoptions: precision must be an integer of at least 0, got -1'],
    [{ precision: 1.5 }, RangeError, 'setPrintoptions: precision must be an integer of at least 0, got 1.5'],
    [{ precision: 1e9 }, RangeError, 'setPrintoptions: precision must be at most 1000, got 1000000000'],
    [{ edgeitems: '3' }, TypeError, 'setPrintoptions: edgeitems must be a number, got "3"'],
    [{ threshold: Number.NaN }, TypeError, 'setPrintoptions: threshold must be a number, got NaN'],
    [{ profile: 'long' }, RangeError, `setPrintoptions: profile must be 'default', 'short' or 'full', got "long"`],
    [{ profile: 'toString' }, RangeError, 'setPrintoptions: profile must be'],
    [{ sciMode: 1 }, TypeError, 'setPrintoptions: sciMode must be a boolean or null, got 1'],
    [{ sci_mode: true }, TypeError, 'setPrintoptions: there is no option sci_mode'],
    [null, TypeError, 'setPrintoptions: options must be an object, got null'],
  ];

  for (const [options, kind, message] of refused) {
    it(`refuses ${inspect(options)} and changes nothing`, () => {
      expect(() => setPrintoptions(options as PrintOptionChanges)).to.throw(kind, message);
      expect(getPrintoptions().precision).to.equal(4);
    });
  }
});

describe('decimal digits', () => {
  const cases: readonly (readonly [(value: number, places: number) => string, number, number, string])[] = [
    [fixed, 0.5, 0, '0'],
    [fixed, 1.5, 0, '2'],
    [fixed, 2.5, 0, '2'],
    [fixed, -0.00001, 4, '-0.0000'],
    [fixed, 1e22, 0, '10000000000000000000000'],
    [fixed, 0.1, 20, '0.10000000000000000555'],
    [fixed, 5e-324, 3, '0.000'],
    [scientific, 103125, 4, '1.0312e+05'],
    [scientific, 99999.4, 4, '9.9999e+04'],
    [scientific, 99999.5, 4, '1.0000e+05'],
    [scientific, 1e23, 17, '9.99999999999999916e+22'],
    [scientific, 0, 2, '0.00e+00'],
    [scientific, -1e-300, 0, '-1e-300'],
    [scientific, 5e-324, 3, '4.941e-324'],
    [fixed, Number.NaN, 4, 'nan'],
    [scientific, Number.NEGATIVE_INFINITY, 4, '-inf'],
  ];

  for (const [write, value, places, expected] of cases) {
    it(`${write.name} writes ${value} with ${places} places as ${expected}`, () => {
      expect(write(value, places)).to.equal(expected);
    });
  }

  it('shortest writes floats as Python does', () => {
    const texts = [1, -0, 0.1, 1e-5, 0.0001, 1e16, 123456789012345680, 1.5e300].map(shortest);
    expect(texts).to.deep.equal([
      '1.0',
      '-0.0',
      '0.1',
      '1e-05',
      '0.0001',
      '1e+16',
      '1.2345678901234568e+17',
      '1.5e+300',
    ]);
  });
});
