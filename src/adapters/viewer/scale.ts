/** Maps a value of a domain linearly onto pixels. A domain without extent maps to the middle. */
export function createScale(
  domain: readonly [number, number],
  range: readonly [number, number],
): (value: number) => number {
  const [low, high] = domain;
  const [start, end] = range;
  return (value) => (high === low ? (start + end) / 2 : start + ((value - low) / (high - low)) * (end - start));
}

/** Round values that cover a range, about `count` of them. */
export function chooseTicks(low: number, high: number, count: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const magnitude = 10 ** Math.floor(Math.log10(span / count));
  const unit = [1, 2, 5, 10].map((factor) => factor * magnitude).find((size) => span / size <= count) ?? 10 * magnitude;
  const ticks: number[] = [];
  for (let index = Math.floor(low / unit); index * unit < high + unit * 0.999; index += 1) ticks.push(index * unit);
  if (ticks.length < 2) ticks.push((ticks[0] ?? 0) + unit);
  return ticks;
}

export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value
    .toFixed(digits)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1).replace(/\.0$/, "")} %`;
}
