/** Compile-time assertions: `npm run types` is what runs the files in this folder. */

/** `true` for the same type, not for one that can merely be assigned. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile unless its argument is `true`. */
export type Holds<T extends true> = T;
