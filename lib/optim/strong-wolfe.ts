/** The line search that LBFGS uses: a step along a direction that meets the strong Wolfe conditions. */

import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, div, isLess, max, min, mul, type Quantity, sub } from './quantity.ts';

/** A place on the line: how far along, the loss, the gradient and its slope along the line. */
export interface Place {
  readonly t: Quantity;
  readonly loss: number;
  readonly grad: Tensor;
  readonly slope: Tensor;
}

/** The least point of the cubic through two places, within bounds (Nocedal and Wright 2006, equation 3.59). */
function interpolate(one: Place, two: Place, bounds?: readonly [Quantity, Quantity]): Quantity {
  return scope(() => {
    const isOrdered = !isLess(two.t, one.t);
    const [lower, upper] = bounds ?? (isOrdered ? [one.t, two.t] : [two.t, one.t]);
    const d1 = sub(add(one.slope, two.slope), div(3 * (one.loss - two.loss), sub(one.t, two.t))) as Tensor;
    const square = d1.pow(2).sub(one.slope.mul(two.slope));
    if (!((square.item() as number) >= 0)) return div(add(lower, upper), 2);
    const d2 = square.sqrt();
    const [from, to] = isOrdered ? [one, two] : [two, one];
    const share = to.slope
      .add(d2)
      .sub(d1)
      .div(to.slope.sub(from.slope).add(d2.mul(2)));
    const least = sub(to.t, mul(sub(to.t, from.t), share));
    return min(max(least, lower), upper);
  });
}

/** Whether a place lies too high above the line of sufficient decrease. */
function isTooHigh(place: Place, start: Place): boolean {
  const line = add(start.loss, mul(mul(1e-4, place.t), start.slope));
  return isLess(line, place.loss);
}

/** Whether the slope has flattened enough. */
function isFlat(place: Place, start: Place): boolean {
  return !isLess(mul(-0.9, start.slope), abs(place.slope));
}

const isRising = ({ slope }: Place) => (slope.item() as number) >= 0;

/** Two places between which, or one at which, the conditions hold. */
interface Bracket {
  places: [Place, Place] | [Place];
  done: boolean;
  iterations: number;
  evaluations: number;
}

/** Goes on along the line until the sought place has been passed. */
function findBracket(evaluate: (t: Quantity) => Place, start: Place, first: Place, most: number): Bracket {
  let [previous, place] = [start, first];
  let evaluations = 1;
  for (let iterations = 0; iterations < most; iterations++) {
    const end = { iterations, evaluations };
    if (isTooHigh(place, start) || (iterations > 1 && place.loss >= previous.loss)) {
      return { places: [previous, place], done: false, ...end };
    }
    if (isFlat(place, start)) return { places: [place], done: true, ...end };
    if (isRising(place)) return { places: [previous, place], done: false, ...end };
    const least = add(place.t, mul(0.01, sub(place.t, previous.t)));
    const t = interpolate(previous, place, [least, mul(place.t, 10)]);
    previous = place;
    place = evaluate(t);
    evaluations++;
  }
  return { places: [start, place], done: false, iterations: most, evaluations };
}

/**
 * Narrows a bracket down. `progress` is whether the last step stayed too near to an end: a second one is moved away.
 */
function narrow(
  evaluate: (t: Quantity) => Place,
  start: Place,
  bracket: Bracket & { places: [Place, Place] },
  size: Tensor,
  most: number,
  tolerance: number,
): Place {
  const { places } = bracket;
  let [low, high]: [0 | 1, 0 | 1] = places[0].loss <= places[1].loss ? [0, 1] : [1, 0];
  let wasNear = false;
  while (!bracket.done && bracket.iterations < most) {
    const [one, two] = places;
    if (isLess(mul(abs(sub(two.t, one.t)), size), tolerance)) break;
    let t = interpolate(one, two);
    const [upper, lower] = [max(one.t, two.t), min(one.t, two.t)];
    const margin = mul(0.1, sub(upper, lower));
    if (!isLess(min(sub(upper, t), sub(t, lower)), margin)) wasNear = false;
    else if (wasNear || !isLess(t, upper) || !isLess(lower, t)) {
      t = isLess(abs(sub(t, upper)), abs(sub(t, lower))) ? sub(upper, margin) : add(lower, margin);
      wasNear = false;
    } else wasNear = true;
    const place = evaluate(t);
    bracket.evaluations++;
    bracket.iterations++;
    if (isTooHigh(place, start) || place.loss >= places[low].loss) {
      places[high] = place;
      [low, high] = places[0].loss <= places[1].loss ? [0, 1] : [1, 0];
      continue;
    }
    if (isFlat(place, start)) bracket.done = true;
    else if (!isLess(mul(place.slope, sub(places[high].t, places[low].t)), 0)) places[high] = places[low];
    places[low] = place;
  }
  return places[low];
}

/**
 * Searches along `direction` from `start`, beginning at `first`.
 * @param evaluate gives the place at a distance, with its own copy of the gradient.
 * @param most evaluations in a search.
 */
export function strongWolfe(
  evaluate: (t: Quantity) => Place,
  start: Place,
  first: Quantity,
  direction: Tensor,
  most: number,
  tolerance: number,
): { place: Place; evaluations: number } {
  const size = direction.abs().max();
  const bracket = findBracket(evaluate, start, evaluate(first), most);
  const { places } = bracket;
  const place =
    places.length === 1
      ? places[0]
      : narrow(evaluate, start, bracket as Bracket & { places: [Place, Place] }, size, most, tolerance);
  return { place, evaluations: bracket.evaluations };
}
