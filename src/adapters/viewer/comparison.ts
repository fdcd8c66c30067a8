import { html, type Html } from "./html.ts";
import type { ReportRun } from "./report-run.ts";
import { renderStatusChart } from "./status-chart.ts";
import { createScale, formatNumber, formatPercent } from "./scale.ts";

/** Evaluations side by side: the resolved rate as a dot on its interval, the other numbers in columns. */
export function renderComparison(evaluations: readonly ReportRun[]): Html {
  const rows = evaluations.flatMap((run) => run.summary.iterations.slice(-1).map((iteration) => ({ run, iteration })));
  const x = createScale([0, 1], [0, 100]);
  return html`<section>
    <h2>Before and after</h2>
    <p class="note">
      Evaluations on the same held-out task instances. The bar is the interval of the resolved rate (mean pass@1),
      resampled over task instances.
    </p>
    <div class="scroll">
      <table class="comparison">
        <thead>
          <tr>
            <th>Evaluation</th>
            <th class="number">Resolved</th>
            <th class="axis"><span>0</span><span>50 %</span><span>100 %</span></th>
            <th class="number">Reward</th>
            <th class="number">Turns</th>
            <th class="number">Sampled tokens</th>
            <th class="number">Trajectories</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ run, iteration }) =>
              html`<tr>
                <th>${run.name}</th>
                <td class="number"><strong>${formatPercent(iteration.resolved)}</strong></td>
                <td>
                  <svg
                    class="interval"
                    viewBox="0 0 100 12"
                    preserveAspectRatio="none"
                    role="img"
                    aria-label="${formatPercent(iteration.interval.low)} to ${formatPercent(iteration.interval.high)}"
                  >
                    <title>${formatPercent(iteration.interval.low)} to ${formatPercent(iteration.interval.high)}</title>
                    <rect class="track" x="0" y="5" width="100" height="2" />
                    <rect
                      class="bar"
                      x="${x(iteration.interval.low).toFixed(2)}"
                      y="2"
                      width="${(x(iteration.interval.high) - x(iteration.interval.low)).toFixed(2)}"
                      height="8"
                    />
                    <rect class="mark" x="${(x(iteration.resolved) - 0.4).toFixed(2)}" y="0" width="0.8" height="12" />
                  </svg>
                </td>
                <td class="number">${formatNumber(iteration.reward)}</td>
                <td class="number">${formatNumber(iteration.turns)}</td>
                <td class="number">${formatNumber(iteration.sampledTokens)}</td>
                <td class="number">${iteration.graded}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <div class="charts">
      ${renderStatusChart(rows.map(({ run, iteration }) => ({ ...iteration, label: run.name })))}
    </div>
  </section>`;
}
