/** A complex number, as `item` and `tolist` return it and as every operator takes it where a number is meant. */
export class Complex {
  readonly re: number;
  readonly im: number;

  constructor(re: number, im: number) {
    if (typeof re !== 'number' || typeof im !== 'number') throw new TypeError('Complex: re and im must be numbers');
    this.re = re;
    this.im = im;
  }

  /** As Python writes it: `(1+2j)`. */
  toString(): string {
    const sign = this.im < 0 || Object.is(this.im, -0) ? '-' : '+';
    return `(${this.re}${sign}${Math.abs(this.im)}j)`;
  }
}
