import { formatDuration } from "./format.ts";
import { escapeControls, escapeName, type TextSink } from "./terminal-text.ts";

/**
 * One line a phase. On a terminal it is redrawn in place; elsewhere it is a plain line every few seconds, so that a
 * log stays readable.
 */
export interface Progress {
  /** Begins a phase of `total` units, `done` of them already there (a resumed run). */
  start(label: string, total: number, done?: number): void;
  /** Tells how far the phase is, and anything worth seeing beside it. */
  update(done: number, detail?: string): void;
  /** Ends the phase; its last line stays. */
  finish(detail?: string): void;
  /** A line beside the phases. */
  note(line: string): void;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;
const BAR_WIDTH = 24;

interface Phase {
  readonly label: string;
  readonly total: number;
  /** Units that were done before the phase began: they say nothing about the rate. */
  readonly before: number;
  readonly startedAt: number;
  done: number;
  detail: string;
}

export function createProgress(
  stream: TextSink,
  options: { readonly isTerminal: boolean; readonly now?: () => number },
): Progress {
  const now = options.now ?? (() => performance.now());
  let phase: Phase | null = null;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn = "";

  function draw(isForced: boolean): void {
    if (phase === null) return;
    const interval = options.isTerminal ? REDRAW_MS : PLAIN_LINE_MS;
    if (!isForced && now() - drawnAt < interval) return;
    const state = `${phase.label}/${phase.done}/${phase.detail}`;
    if (!options.isTerminal && isForced && state === drawn) return;
    drawnAt = now();
    drawn = state;
    const line = renderPhase(phase, now());
    stream.write(options.isTerminal ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  return {
    start(label, total, done = 0) {
      phase = { label, total, before: done, startedAt: now(), done, detail: "" };
      drawnAt = Number.NEGATIVE_INFINITY;
      draw(false);
    },
    update(done, detail) {
      if (phase === null) return;
      phase.done = done;
      if (detail !== undefined) phase.detail = detail;
      draw(false);
    },
    finish(detail) {
      if (phase === null) return;
      if (detail !== undefined) phase.detail = detail;
      draw(true);
      if (options.isTerminal) stream.write("\n");
      phase = null;
    },
    note(given) {
      const line = escapeControls(given);
      stream.write(options.isTerminal ? `\r\u001b[2K${line}\n` : `${line}\n`);
      if (options.isTerminal) draw(true);
    },
  };
}

/** `rollouts [#####---] 128/256  31/s  0:04 left  41 % resolved` */
export function renderPhase(phase: Readonly<Phase>, at: number): string {
  const { label, total, done, before, detail } = phase;
  const seconds = (at - phase.startedAt) / 1000;
  const rate = seconds > 0 ? (done - before) / seconds : 0;
  const filled = total === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.round((done / total) * BAR_WIDTH));
  const parts = [
    `${label} [${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] ${done}/${total}`,
    ...(rate > 0 ? [rate >= 1 ? `${rate.toFixed(1)}/s` : `${(1 / rate).toFixed(1)} s each`] : []),
    ...describeTime(seconds, total - done, rate),
    ...(detail === "" ? [] : [escapeName(detail)]),
  ];
  return parts.join("  ");
}

function describeTime(seconds: number, left: number, rate: number): string[] {
  if (rate === 0) return left > 0 ? ["time left unknown"] : [];
  return [left > 0 ? `${formatDuration(left / rate)} left` : `took ${formatDuration(seconds)}`];
}
