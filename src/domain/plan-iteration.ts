import { createRandom } from "./random.ts";

/**
 * The instances of one iteration: the pool in a seeded order without repetition, shuffled anew when it is used up.
 * No instance comes twice in one iteration; a pool smaller than `count` gives all of it.
 */
export function planIterationInstances<T>(pool: readonly T[], count: number, iteration: number, seed: number): T[] {
  const size = Math.min(count, pool.length);
  let remaining: number[] = [];
  let picked: number[] = [];
  let passes = 0;
  if (size === 0) return [];
  for (let current = 0; current <= iteration; current++) {
    picked = remaining.splice(0, size);
    if (picked.length < size) {
      const order = createRandom(`instances/${seed}/${passes++}`).shuffle([...pool.keys()]);
      const already = new Set(picked);
      remaining = [...order.filter((index) => !already.has(index)), ...order.filter((index) => already.has(index))];
      picked.push(...remaining.splice(0, size - picked.length));
    }
  }
  return picked.map((index) => pool[index] as T);
}
