import { readFileSync } from "node:fs";
import process from "node:process";

// Prints "passed failed skipped" of one suite's report. A suite that ended badly without a failed test counts as
// one failure: a crash must never look like success.
const [kind, path, exitCode] = process.argv.slice(2);

function count() {
  const text = readFileSync(path, "utf8");
  if (kind === "vitest") {
    const report = JSON.parse(text);
    return [report.numPassedTests, report.numFailedTests, report.numPendingTests + (report.numTodoTests ?? 0)];
  }
  const attribute = (name) =>
    [...text.matchAll(/<testsuite\b[^>]*>/g)].reduce(
      (sum, [tag]) => sum + Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? 0),
      0,
    );
  const failed = attribute("failures") + attribute("errors");
  const skipped = attribute("skipped");
  return [attribute("tests") - failed - skipped, failed, skipped];
}

let [passed, failed, skipped] = [0, 0, 0];
try {
  [passed, failed, skipped] = count();
} catch (error) {
  process.stderr.write(`count-tests: ${path}: ${error.message}\n`);
}
if (exitCode !== "0" && failed === 0) failed = 1;
process.stdout.write(`${passed} ${failed} ${skipped}\n`);
