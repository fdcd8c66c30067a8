import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

/** A TypeScript file compiled with all it imports, for processes that a test kills. */
export interface CompiledScript {
  /** Folder to remove afterwards. */
  readonly directory: string;
  /** The compiled script. */
  readonly path: string;
  spawn(args: readonly string[]): ChildProcess;
}

/** Node 20 cannot run TypeScript, and a process under the test runner cannot be killed alone. */
export function compileScript(path: string): CompiledScript {
  const directory = mkdtempSync(join(tmpdir(), "swerl-child-"));
  const config = join(directory, "tsconfig.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        noCheck: true,
        rootDir: ROOT,
        outDir: join(directory, "out"),
        typeRoots: [join(ROOT, "node_modules", "@types")],
      },
      files: [path],
      include: [],
    }),
  );
  execFileSync(join(ROOT, "node_modules", ".bin", "tsc"), ["-p", config], { stdio: "inherit" });
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  const compiled = join(directory, "out", relative(ROOT, path)).replace(/\.ts$/, ".js");
  return {
    directory,
    path: compiled,
    spawn: (args) => spawn(process.execPath, [compiled, ...args], { stdio: ["pipe", "pipe", "inherit"] }),
  };
}
