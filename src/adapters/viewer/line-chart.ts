import { html, type Html } from "./html.ts";
import { chooseTicks, createScale } from "./scale.ts";

export interface LineChart {
  readonly title: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  readonly format: (value: number) => string;
  /** Values the axis must show, e.g. 0. */
  readonly include: readonly number[];
  /** Name of the x axis. */
  readonly xLabel: string;
}

const WIDTH = 420;
const HEIGHT = 220;
const LEFT = 52;
const RIGHT = 14;
const TOP = 14;
const BOTTOM = 34;

/** One curve over iterations, with its interval as a band and its last value written out. */
export function renderLineChart(chart: LineChart): Html {
  const { points } = chart;
  const values = [...points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]), ...chart.include];
  const ticks = chooseTicks(Math.min(...values), Math.max(...values), 4);
  const y = createScale([ticks[0] ?? 0, ticks.at(-1) ?? 1], [HEIGHT - BOTTOM, TOP]);
  const xs = points.map((point) => point.x);
  const x = createScale([Math.min(...xs), Math.max(...xs)], [LEFT, WIDTH - RIGHT]);
  const last = points.at(-1);
  return html`<figure class="chart">
    <figcaption>${chart.title}<strong>${last === undefined ? "" : chart.format(last.y)}</strong></figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}">
      ${ticks.map((tick) => renderTick(tick, y(tick), chart.format))} ${renderXLabels(xs, x, chart.xLabel)}
      ${renderBand(points, x, y)}
      <polyline class="line" points="${points.map((point) => `${round(x(point.x))},${round(y(point.y))}`).join(" ")}" />
      ${points.map(
        (point) =>
          html`<circle class="dot" cx="${round(x(point.x))}" cy="${round(y(point.y))}" r="3.5">
            <title>${chart.xLabel} ${point.x}: ${chart.format(point.y)}${describeInterval(point, chart.format)}</title>
          </circle>`,
      )}
    </svg>
  </figure>`;
}

function renderTick(value: number, y: number, format: (value: number) => string): Html {
  return html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y)}" y2="${round(y)}" /><text
      class="tick"
      x="${LEFT - 8}"
      y="${round(y + 4)}"
      text-anchor="end"
      >${format(value)}</text
    >`;
}

function renderXLabels(xs: readonly number[], x: (value: number) => number, label: string): Html[] {
  const every = Math.max(1, Math.ceil(xs.length / 8));
  const shown = xs.filter((_, index) => index % every === 0);
  return [
    ...shown.map(
      (value) =>
        html`<text class="tick" x="${round(x(value))}" y="${HEIGHT - 16}" text-anchor="middle">${value}</text>`,
    ),
    html`<text class="tick" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 2}" text-anchor="middle">${label}</text>`,
  ];
}

function renderBand(points: LineChart["points"], x: (value: number) => number, y: (value: number) => number): Html {
  if (points.length === 0 || points.some((point) => point.low === undefined || point.high === undefined)) return html``;
  const upper = points.map((point) => `${round(x(point.x))},${round(y(point.high ?? point.y))}`);
  const lower = points.toReversed().map((point) => `${round(x(point.x))},${round(y(point.low ?? point.y))}`);
  return html`<polygon class="band" points="${[...upper, ...lower].join(" ")}" />`;
}

function describeInterval(point: { low?: number; high?: number }, format: (value: number) => string): string {
  return point.low === undefined || point.high === undefined ? "" : ` (${format(point.low)} to ${format(point.high)})`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
