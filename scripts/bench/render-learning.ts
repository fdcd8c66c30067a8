import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Stage {
  readonly pass_at_1: number;
  readonly interval: readonly [number, number];
  readonly pass_at_k: number;
}

export interface LearningSeed {
  readonly seed: number;
  readonly minutes: number;
  readonly stages: Readonly<Record<string, Stage>>;
  /** Resolved rate of the training rollouts by iteration. */
  readonly curves: { readonly dapo: readonly number[]; readonly shuffled: readonly number[] };
}

const WIDTH = 640;
const HEIGHT = 280;
const LEFT = 44;
const BOTTOM = 30;

/** Writes learning.md and its pictures into a folder. */
export async function renderLearningPage(docs: string, seeds: readonly LearningSeed[]): Promise<void> {
  await mkdir(join(docs, "learning"), { recursive: true });
  for (const seed of seeds) await writeFile(join(docs, "learning", `seed-${seed.seed}.svg`), renderCurves(seed));
  await writeFile(join(docs, "learning.md"), renderPage(seeds));
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const points = (value: number): string => `${value >= 0 ? "+" : ""}${(100 * value).toFixed(1)}`;

function renderPage(seeds: readonly LearningSeed[]): string {
  const cell = (stage: Stage | undefined): string =>
    stage === undefined
      ? "-"
      : `${percent(stage.pass_at_1)} (${percent(stage.interval[0])} to ${percent(stage.interval[1])})`;
  const rows = seeds.map(
    ({ seed, stages, minutes }) =>
      `| ${seed} | ${cell(stages["base"])} | ${cell(stages["rft"])} | ${cell(stages["dapo"])} | ${cell(stages["shuffled"])} | ${minutes.toFixed(0)} |`,
  );
  const gains = seeds.map(({ seed, stages }) => {
    const of = (name: string): number => stages[name]?.pass_at_1 ?? Number.NaN;
    return `| ${seed} | ${points(of("rft") - of("base"))} | ${points(of("dapo") - of("rft"))} | ${points(of("shuffled") - of("rft"))} |`;
  });
  return `# Does it learn?

Measured by \`scripts/bench/learning --seeds ${seeds.length}\` on 2 CPU cores with the settings of \`configs/demo.yaml\`: the
base policy of \`checkpoints/base\`, rejection fine-tuning (one full round over the 512 training instances), DAPO from the
fine-tuned policy, and a control that is DAPO with whole rewards permuted inside each group and everything else the same.
Every figure is pass@1 on the 128 held-out drill instances, 4 trajectories each at temperature 1, with its 95 % interval
(bootstrap over instances). Function names, contracts and so bug places of the held-out instances never occur in training,
in the demonstrations or in the development split that the settings were chosen on; what else had been seen is in
[the decision](decisions/2026-11-21-drill-tasks.md).

| seed | base | RFT | DAPO | shuffled control | minutes |
|---|---|---|---|---|---|
${rows.join("\n")}

In points of pass@1:

| seed | RFT over base | DAPO over RFT | control over RFT |
|---|---|---|---|
${gains.join("\n")}

Resolved rate of the training rollouts by iteration (new instances each iteration until the pool is used up):

${seeds.map(({ seed }) => `![Seed ${seed}](learning/seed-${seed}.svg)`).join("\n\n")}
`;
}

/** Two curves, DAPO and its control, as one SVG that reads on light and dark. */
function renderCurves({ seed, curves }: LearningSeed): string {
  const count = Math.max(curves.dapo.length, curves.shuffled.length, 2);
  const x = (index: number): number => LEFT + (index / (count - 1)) * (WIDTH - LEFT - 16);
  const y = (value: number): number => HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - 30);
  const line = (values: readonly number[], colour: string): string =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}"/>`;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - 16}" y1="${y(value)}" y2="${y(value)}" stroke="#8884"/><text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${100 * value} %</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#777">
<text x="${LEFT}" y="18">seed ${seed}: resolved rate by iteration</text>
<text x="${WIDTH - 190}" y="18" fill="#2a7de1">DAPO</text><text x="${WIDTH - 140}" y="18" fill="#c0662b">shuffled rewards</text>
${grid.join("\n")}
${line(curves.dapo, "#2a7de1")}
${line(curves.shuffled, "#c0662b")}
<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">iteration</text>
</svg>
`;
}
