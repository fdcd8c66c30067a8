import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Each import below crosses a wall between rooms and must be refused by the linter that `npm run check` runs. */
const CROSSINGS: readonly [path: string, source: string][] = [
  ["src/domain/reads-disk.ts", 'import { readFileSync } from "node:fs";'],
  ["src/domain/sees-port.ts", 'import { a } from "../ports/a.ts";'],
  ["src/pipelines/sees-adapter.ts", 'import { a } from "../adapters/a.ts";'],
  ["src/pipelines/agent/sees-config.ts", 'import { a } from "../../config/a.ts";'],
  ["src/commands/sees-adapter.ts", 'import { a } from "../adapters/a.ts";'],
  ["src/adapters/docker/sees-pipeline.ts", 'import { a } from "../../pipelines/a.ts";'],
  ["src/adapters/bubblewrap/sees-docker.ts", 'import { a } from "dockerode";'],
  ["src/adapters/tasks/sees-openai.ts", 'import { a } from "openai";'],
  ["src/platform/sees-domain.ts", 'import { a } from "../domain/a.ts";'],
  ["src/ports/sees-zod.ts", 'import { a } from "zod";'],
  ["src/config/sees-adapter.ts", 'import { a } from "../adapters/a.ts";'],
];

const ALLOWED = ["src/pipelines/sees-port.ts", 'import { a } from "../ports/a.ts";'] as const;

describe("the walls between rooms", () => {
  const project = mkdtempSync(join(tmpdir(), "swerl-walls-"));
  let report = "";
  beforeAll(() => {
    copyFileSync(".oxlintrc.json", join(project, ".oxlintrc.json"));
    for (const [path, source] of [...CROSSINGS, ALLOWED]) {
      const target = join(project, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, `${source}\nexport const b = a;\n`);
    }
    try {
      execFileSync(resolve("node_modules/.bin/oxlint"), ["--format", "unix", "src"], {
        cwd: project,
        encoding: "utf8",
      });
    } catch (error) {
      report = (error as { stdout: string }).stdout;
    }
  });
  afterAll(() => rmSync(project, { recursive: true }));

  it.each(CROSSINGS)("%s is refused", (path) => {
    const lines = report.split("\n").filter((line) => line.startsWith(path));
    expect(lines.join("\n")).toContain("import is restricted");
  });

  it("an import along an arrow is not refused", () => {
    expect(report).not.toContain(ALLOWED[0]);
  });
});
