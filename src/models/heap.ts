/** A binary heap: `pop` gives an item that no other comes before. */
export type Heap<T> = { push(item: T): void; pop(): T | undefined };

/** @param before true where `a` must come out before `b` */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];
  const swap = (i: number, j: number) => {
    [items[i], items[j]] = [items[j]!, items[i]!];
  };
  return {
    push(item) {
      items.push(item);
      for (let i = items.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (!before(items[i]!, items[parent]!)) break;
        swap(i, parent);
        i = parent;
      }
    },
    pop() {
      if (items.length < 2) return items.pop();
      const top = items[0];
      items[0] = items.pop()!;
      for (let i = 0; ; ) {
        let first = i;
        for (const child of [2 * i + 1, 2 * i + 2]) {
          if (child < items.length && before(items[child]!, items[first]!)) first = child;
        }
        if (first === i) return top;
        swap(i, first);
        i = first;
      }
    },
  };
}
