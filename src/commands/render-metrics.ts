/** A run's last numbers as a list for people; counts whole, everything else with four digits. */
export function renderMetrics(directory: string, metrics: Readonly<Record<string, number>>): string {
  const width = Math.max(3, ...Object.keys(metrics).map((key) => key.length)) + 2;
  const rows = Object.entries(metrics).map(
    ([key, value]) => `${key.padEnd(width)}${Number.isInteger(value) ? value : Number(value.toPrecision(4))}\n`,
  );
  return `${rows.join("")}${"run".padEnd(width)}${directory}\n`;
}
