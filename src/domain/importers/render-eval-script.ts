import { listPaths, parsePatch } from "../patch/parse-patch.ts";

const DELIMITER = "EOF_114329324912";
/** Files of a test patch that are data and no tests. */
const NO_TEST = /\.(?:json|png|csv|txt|md|jpe?g|pkl|ya?ml|toml)$/;

export interface EvalPlan {
  readonly workdir: string;
  readonly testPatch: string;
  /** Commands, of which the last runs the tests; `{files}` stands for the test files. */
  readonly commands: readonly string[];
}

/**
 * eval.sh in the form of SWE-bench: activate the environment, put test files back, apply the test patch, run the tests
 * between the markers. Nothing is installed: the image holds the environment, and a grading sandbox has no network.
 */
export function renderEvalScript(plan: EvalPlan): string {
  const files = parsePatch(plan.testPatch);
  const changed = files.flatMap((file) => (file.oldPath === null ? [] : [file.oldPath]));
  const added = files.flatMap((file) => (file.oldPath === null ? listPaths(file) : []));
  const tests = files.flatMap((file) => (file.newPath === null || NO_TEST.test(file.newPath) ? [] : [file.newPath]));
  const commands = plan.commands.map((command) => command.replaceAll("{files}", tests.map(quote).join(" ")));
  return [
    "#!/bin/bash",
    "set -uo pipefail",
    "[ ! -f /opt/miniconda3/bin/activate ] || { source /opt/miniconda3/bin/activate; conda activate testbed; }",
    `cd ${quote(plan.workdir)}`,
    "git config --global --add safe.directory '*'",
    // Paths, never none: `git checkout COMMIT` alone would move the whole tree.
    ...(changed.length === 0 ? [] : [`git checkout HEAD -- ${changed.map(quote).join(" ")}`]),
    ...(added.length === 0 ? [] : [`rm -f ${added.map(quote).join(" ")}`]),
    `git apply -v - <<'${DELIMITER}'`,
    `${plan.testPatch.replace(/\n?$/, "\n")}${DELIMITER}`,
    ...commands.slice(0, -1),
    ": '>>>>> Start Test Output'",
    commands.at(-1) ?? "false",
    ": '>>>>> End Test Output'",
    "",
  ].join("\n");
}

function quote(text: string): string {
  return /^[\w./@%+=:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
