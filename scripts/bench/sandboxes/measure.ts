/** Value below which a share of the values lies (nearest rank), rounded to two decimals. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return round(sorted[rank] ?? Number.NaN);
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Milliseconds of each of `count` runs, one after the other. */
export async function timeEach(count: number, run: (index: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const started = performance.now();
    await run(index);
    times.push(performance.now() - started);
  }
  return times;
}

/** Runs `count` times with `width` in flight; runs per second and the time of each in milliseconds. */
export async function timeTogether(
  count: number,
  width: number,
  run: (index: number) => Promise<unknown>,
): Promise<{ perSecond: number; times: number[] }> {
  const times: number[] = [];
  let next = 0;
  const started = performance.now();
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const begun = performance.now();
      await run(index);
      times[index] = performance.now() - begun;
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return { perSecond: round((count / (performance.now() - started)) * 1000), times };
}
