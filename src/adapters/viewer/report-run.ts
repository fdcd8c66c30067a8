import type { RunSummary } from "../../domain/run-summary.ts";

/** One run as the report shows it. */
export interface ReportRun {
  readonly name: string;
  readonly summary: RunSummary;
}
