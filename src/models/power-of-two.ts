/** The smallest power of two that is at least x > 0. */
export const powerOfTwo = (x: number): number => 2 ** Math.ceil(Math.log2(x));
