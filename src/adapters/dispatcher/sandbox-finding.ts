/** One thing a doctor looked at. `fix` is the command or change that mends it; a finding that is ok may still advise. */
export interface SandboxFinding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly fix?: string;
}
