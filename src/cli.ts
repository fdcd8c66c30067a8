import { Command, CommanderError, Option } from "commander";

import { type CommandContext, type SharedFlags } from "./commands/command-context.ts";
import type { CompareFlags } from "./commands/compare.ts";
import { addEvalOptions, addSelectionOptions, readEvalFlags, readSelectionFlags } from "./commands/eval-flags.ts";
import { addHosts, addImages } from "./commands/image-commands.ts";
import { EXIT_CODES } from "./commands/exit-codes.ts";
import { readVersion } from "./commands/read-version.ts";
import { addSharedOptions, inherit, readSharedFlags, type SetExitCode } from "./commands/shared-options.ts";
import { InputError } from "./platform/errors.ts";
import { escapeInto } from "./commands/terminal-text.ts";
import { addTaskSets } from "./commands/task-commands.ts";
import type { MineFlags } from "./commands/tasks-mine.ts";
import type { SynthesizeFlags } from "./commands/tasks-synthesize.ts";
import { PAPER_BENCHMARKS } from "./domain/paper-results.ts";

type Verb = (flags: SharedFlags, context: CommandContext) => Promise<number>;

/** Runs one command line; resolves to the exit code. Each command is loaded when it is asked for. */
export async function runCli(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const context: CommandContext = {
    stdout: escapeInto(process.stdout),
    stderr: process.stderr,
    isTerminal: process.stderr.isTTY === true && process.env["TERM"] !== "dumb" && process.env["CI"] === undefined,
    signal,
  };
  let exitCode: number = EXIT_CODES.ok;
  const program = describeCommands(context, (code) => {
    exitCode = code;
  });
  if (argv.length === 0) {
    program.outputHelp();
    return EXIT_CODES.ok;
  }
  try {
    await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // --help and --version end here too, with code 0 and their text already written.
    if (error.exitCode === 0) return EXIT_CODES.ok;
    const message = error.message.replace(/^error: /, "");
    throw new InputError("SWERL_USAGE", message, { hint: "swerl --help, or swerl COMMAND --help", cause: error });
  }
  return exitCode;
}

function describeCommands(context: CommandContext, setExitCode: (code: number) => void): Command {
  const program = new Command("swerl")
    .description("Train software-engineering agents with multi-turn reinforcement learning.")
    .version(readVersion())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addHelpText(
      "after",
      `\nExit codes: ${Object.entries(EXIT_CODES)
        .map(([name, code]) => `${code} ${name}`)
        .join(", ")}.`,
    );

  const addVerb = (name: string, summary: string, example: string, load: () => Promise<Verb>): void => {
    addSharedOptions(inherit(program.command(name), program).summary(summary).description(summary), example).action(
      async (_unused: unknown, command: Command) =>
        setExitCode(await (await load())(readSharedFlags(command), context)),
    );
  };
  addMeasuring(program, context, setExitCode);
  addVerb(
    "rft",
    "Rejection fine-tuning: collect trajectories, keep those that resolve their task, train on them.",
    "swerl rft -c configs/demo.yaml --set run.directory=runs/rft",
    async () => (await import("./commands/rft.ts")).rft,
  );
  addVerb(
    "train",
    "Reinforcement learning (the paper's modified DAPO): iterations of collect, score, update, publish.",
    "swerl train -c configs/demo.yaml --set trainer.initial_state=runs/rft",
    async () => (await import("./commands/train.ts")).train,
  );
  addVerb(
    "doctor",
    "Check this machine, and the engines of a configuration.",
    "swerl doctor -c configs/demo.yaml",
    async () => (await import("./commands/doctor.ts")).doctor,
  );
  addReport(program, context, setExitCode);
  addTasks(program, context, setExitCode);
  addImages(program, context, setExitCode);
  addHosts(program, context, setExitCode);
  return program;
}

function addMeasuring(program: Command, context: CommandContext, setExitCode: (code: number) => void): void {
  const rollout = inherit(program.command("rollout"), program).description(
    "Collect and grade trajectories of the policy.",
  );
  addSharedOptions(
    addSelectionOptions(rollout),
    "swerl rollout -c configs/demo.yaml --set tasks.split=dev --limit 8",
  ).action(async (_unused: unknown, command: Command) => {
    const { rollout: run } = await import("./commands/eval.ts");
    setExitCode(await run(await readSelectionFlags(command, readSharedFlags(command)), context));
  });
  const evaluation = inherit(program.command("eval"), program).description(
    "Measure pass@1 and pass@k of a policy, with their intervals.",
  );
  addSharedOptions(
    addEvalOptions(evaluation),
    "swerl eval -c configs/demo.yaml --set tasks.split=test --set trainer.initial_state=runs/train",
  ).action(async (_unused: unknown, command: Command) => {
    const { evaluate } = await import("./commands/eval.ts");
    setExitCode(await evaluate(await readEvalFlags(command, readSharedFlags(command)), context));
  });
  inherit(program.command("compare"), program)
    .description("Compare two evaluations of the same task instances, in pairs: gained, lost, exact tests.")
    .argument("<a>", "directory of a finished evaluation")
    .argument("<b>", "directory of another")
    .option("--common", "compare on the instances that both evaluated, when they differ", false)
    .addOption(new Option("--paper <benchmark>", "show the paper's results beside").choices(PAPER_BENCHMARKS))
    .option("--markdown", "tables as Markdown", false)
    .option("--json", "print one JSON object as the last line", false)
    .addHelpText("after", "\nExample:\n  swerl compare runs/eval-base runs/eval-train")
    .action(async (a: string, b: string, options: Omit<CompareFlags, "a" | "b">) => {
      const { compare } = await import("./commands/compare.ts");
      setExitCode(await compare({ a, b, ...options, paper: options.paper ?? null }, context));
    });
}

function addReport(program: Command, context: CommandContext, setExitCode: (code: number) => void): void {
  inherit(program.command("report"), program)
    .summary("Write a self-contained HTML report of runs.")
    .description("Write a self-contained HTML report of runs, in the order in which they were run.")
    .argument("<run...>", "run directories; NAME=DIRECTORY gives a run another name in the report")
    .option("-o, --out <file>", "the HTML file", "report.html")
    .option("--title <text>", "title of the report", "swerl report")
    .option("--json", "print one JSON object as the last line", false)
    .addHelpText(
      "after",
      "\nExample:\n  swerl report before=runs/eval-base runs/train after=runs/eval-train -o report.html",
    )
    .action(async (runs: string[], options: { out: string; title: string; json: boolean }) => {
      const { report } = await import("./commands/report.ts");
      setExitCode(await report({ runs, ...options }, context));
    });
}

function addTasks(program: Command, context: CommandContext, setExitCode: (code: number) => void): void {
  const tasks = inherit(program.command("tasks"), program).description("Make and check task sets.");
  addTaskSets(tasks, program, context, setExitCode);
  inherit(tasks.command("drill"), program)
    .description("Write the generated drill family as a task set; the same seed writes the same bytes.")
    .option("-o, --out <folder>", "folder of the task set", "tasks/drill")
    .option("--seed <number>", "seed of the family", readWhole, 0)
    .option("--train <count>", "training instances", readPositive, 512)
    .option("--dev <count>", "development instances", readPositive, 128)
    .option("--test <count>", "held-out instances", readPositive, 128)
    .option("--json", "print one JSON object as the last line", false)
    .addHelpText("after", "\nExample:\n  swerl tasks drill --out tasks/drill")
    .action(async (options: { out: string; seed: number; train: number; dev: number; test: number; json: boolean }) => {
      const { writeDrill } = await import("./commands/tasks-drill.ts");
      setExitCode(await writeDrill(options, context));
    });
  addSynthesize(tasks, program, context, setExitCode);
  addMine(tasks, program, context, setExitCode);
}

function addSynthesize(tasks: Command, program: Command, context: CommandContext, setExitCode: SetExitCode): void {
  inherit(tasks.command("synthesize"), program)
    .description("Plant bugs in a Python repository whose tests pass; each that some tests notice becomes an instance.")
    .argument("<repository>", "its folder: a clean git work tree or an unpacked package")
    .option("-o, --out <folder>", "folder of the task set (default: tasks/NAME-synthesized)")
    .option("--count <number>", "instances wanted", readPositive, 100)
    .option("--seed <number>", "seed of the order in which bugs are tried", readWhole, 0)
    .option("--max-failing <number>", "most tests that one bug may break", readPositive, 10)
    .option("--repeats <count>", "times each patch is graded", readPositive, 3)
    .option("-j, --jobs <count>", "batches of bugs at once", readPositive, 2)
    .option("--python-path <folders...>", "import roots in the repository (default: src if it has code, and .)")
    .option("--allow-failing", "leave out tests that fail already, instead of refusing the repository", false)
    .option("--json", "print one JSON object as the last line", false)
    .option("--dry-run", "list what could be planted; run and create nothing", false)
    .addHelpText("after", "\nExample:\n  swerl tasks synthesize ../boltons --count 100 --out tasks/boltons")
    .action(async (repository: string, options: Omit<SynthesizeFlags, "repository">) => {
      const { synthesize } = await import("./commands/tasks-synthesize.ts");
      setExitCode(await synthesize({ repository, ...options }, context));
    });
}

function addMine(tasks: Command, program: Command, context: CommandContext, setExitCode: SetExitCode): void {
  inherit(tasks.command("mine"), program)
    .description("Make instances of the changes in a git history that come with tests; both sides are run.")
    .argument("<repository>", "its folder: a clean clone, or a bare one")
    .option("-o, --out <folder>", "folder of the task set (default: tasks/NAME-mined)")
    .option("--count <number>", "instances wanted", readPositive, 100)
    .option("--changes <number>", "changes looked at, from HEAD back along first parents", readPositive, 2000)
    .option("--repeats <count>", "times each patch is graded", readPositive, 3)
    .option("-j, --jobs <count>", "changes at once", readPositive, 2)
    .option("--python-path <folders...>", "import roots in the repository (default: src if it has code, and .)")
    .option("--json", "print one JSON object as the last line", false)
    .option("--dry-run", "list the changes that would be tried; run and create nothing", false)
    .addHelpText("after", "\nExample:\n  swerl tasks mine ../sqlparse --count 20 --out tasks/sqlparse")
    .action(async (repository: string, options: Omit<MineFlags, "repository">) => {
      const { mine } = await import("./commands/tasks-mine.ts");
      setExitCode(await mine({ repository, ...options }, context));
    });
}

function readPositive(text: string): number {
  const value = readWhole(text);
  if (value < 1) throw new InputError("SWERL_USAGE", `expected a whole number of 1 or more, got ${text}`);
  return value;
}

function readWhole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InputError("SWERL_USAGE", `expected a whole number, got ${text}`);
  return Number(text);
}
