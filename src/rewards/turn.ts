/** Lets other work have its turn (Ctrl-C, other requests) in the middle of a long computation. */
export const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
