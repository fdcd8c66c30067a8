import { type ExitStatus, exitStatusSchema } from "../../domain/exit-status.ts";
import { html, type Html } from "./html.ts";
import { formatPercent } from "./scale.ts";

const WIDTH = 872;
const HEIGHT = 150;
const LEFT = 52;
const BOTTOM = 22;

/** One column: an iteration of a run, or a whole evaluation. */
export interface StatusColumn {
  readonly label: string;
  readonly trajectories: number;
  readonly exitStatuses: Readonly<Partial<Record<ExitStatus, number>>>;
}

/** How the trajectories of each column ended, as stacked shares, with a legend of the statuses that occur. */
export function renderStatusChart(columns: readonly StatusColumn[]): Html {
  const statuses = exitStatusSchema.options.filter((status) =>
    columns.some((column) => (column.exitStatuses[status] ?? 0) > 0),
  );
  const slot = (WIDTH - LEFT) / Math.max(1, columns.length);
  return html`<figure class="chart wide">
    <figcaption>Exit statuses</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Exit statuses">
      <text class="tick" x="${LEFT - 8}" y="12" text-anchor="end">100 %</text>
      <text class="tick" x="${LEFT - 8}" y="${HEIGHT - BOTTOM}" text-anchor="end">0 %</text>
      ${columns.map((column, index) => renderColumn(column, statuses, LEFT + index * slot, slot))}
    </svg>
    <ul class="legend">
      ${statuses.map((status) => html`<li><i class="key ${classOf(status)}"></i>${status}</li>`)}
    </ul>
  </figure>`;
}

function renderColumn(column: StatusColumn, statuses: readonly ExitStatus[], x: number, slot: number): Html {
  const width = Math.min(46, slot * 0.8);
  const left = x + (slot - width) / 2;
  let bottom = HEIGHT - BOTTOM;
  const blocks = statuses.map((status) => {
    const count = column.exitStatuses[status] ?? 0;
    const height = (count / Math.max(1, column.trajectories)) * (HEIGHT - BOTTOM - 4);
    bottom -= height;
    const shown = Math.max(0, height - 1);
    return html`<rect
      class="${classOf(status)}"
      x="${left.toFixed(1)}"
      y="${bottom.toFixed(1)}"
      width="${width.toFixed(1)}"
      height="${shown.toFixed(1)}"
      ><title>
        ${column.label}: ${count} ${status} (${formatPercent(count / Math.max(1, column.trajectories))})
      </title></rect
    >`;
  });
  return html`${blocks}<text class="tick" x="${(left + width / 2).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle"
      >${column.label}</text
    >`;
}

function classOf(status: ExitStatus): string {
  return `status-${status.replace(".", "-").replaceAll("_", "-")}`;
}
