import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { call, type SandboxHarness } from "./sandbox-harness.ts";

/** What `run` answers for commands that mean well, their output and their time limits. */
export function describeCommands(harness: () => SandboxHarness): void {
  describe("commands", () => {
    it("separates stdout, stderr and exit code", async () => {
      const result = await harness().run("echo out; echo err >&2; exit 3");
      expect(result).toMatchObject({ status: "exited", exit_code: 3, cwd: "/testbed" });
      expect([result.stdout.text, result.stderr.text]).toEqual(["out\n", "err\n"]);
      expect(result.stdout).toMatchObject({ total_bytes: 4, dropped_bytes: 0 });
    });

    it.each([
      ["exit", 0],
      ["exit 300", 44],
      ["false", 1],
      ["exec true", 0],
      ["exec sh -c 'exit 9'", 9],
      ["nosuchcommand", 127],
      ["if then", 2],
      ["set -e; false; echo no", 1],
      ["kill -9 $$", 137],
      ["kill -TERM $$", 143],
      ["kill -SEGV $BASHPID", 139],
      ["exec 0<&- 1>&- 2>&-; exit 4", 4],
      ["trap 'exit 6' EXIT; exit 5", 6],
      ["set -eux -o pipefail; true", 0],
      ["trap 'echo traced' DEBUG ERR; false", 1],
      ["rm -rf /run/swerl; (exit 7)", 7],
    ])("%s exits with %i", async (command, code) => {
      expect(await harness().run(command)).toMatchObject({ status: "exited", exit_code: code });
      expect(await harness().stdout("echo alive")).toBe("alive\n");
    });

    it("keeps directory and exported variables, and nothing else of a shell", async () => {
      await harness().run("cd sub; export KEPT=\"a b\n'c'\" LOST=1; export -n LOST; OWN=1; f() { :; }");
      const result = await harness().run('echo "$PWD|$KEPT|$LOST|$OWN"; declare -F');
      expect(result.stdout.text).toBe("/testbed/sub|a b\n'c'||\n");
      expect(result.cwd).toBe("/testbed/sub");
      await harness().run("cd /testbed; unset KEPT");
      expect(await harness().stdout('echo "$KEPT"')).toBe("\n");
    });

    it.each([
      ["IFS=, OPTIND=5", 'a=x,y; printf "<%s>" $a; echo $OPTIND', "<x,y>1\n"],
      ["set -e; set -o pipefail", "false; echo $-", "hBc\n"],
      ["shopt -s expand_aliases nullglob; alias echo=false", "echo /no*", "/no*\n"],
      ["umask 077; ulimit -n 64", "umask; ulimit -n", "0022\n4096\n"],
      ["exec 7>/dev/null", "[[ -e /proc/self/fd/7 ]] || echo closed", "closed\n"],
      ["sleep 60 &", "jobs; wait; echo done", "done\n"],
      ["trap 'echo trapped' DEBUG USR1; enable -n pwd", "trap -p DEBUG USR1; enable -n; pwd", "/testbed\n"],
      ["set one two; pushd /tmp; popd; readonly IFS", "echo $#; dirs; IFS=x", "0\n/testbed\n"],
      ["echo 'echo first' >/tmp/new-program; chmod +x /tmp/new-program; echo() { :; }", "/tmp/new-program", "first\n"],
      ["builtin() { :; }; exit() { :; }", "builtin pwd", "/testbed\n"],
    ])("after %s, %s finds a shell that knows nothing of it", async (command, next, output) => {
      await harness().run(command);
      expect(await harness().stdout(next)).toBe(output);
      expect(await harness().stdout("pwd; echo $-")).toBe("/testbed\nhBc\n");
    });

    it("answers plain commands, which share a shell, as others, among them and after whatever ended that shell", async () => {
      const turns: readonly (readonly [string, string, number | null])[] = [
        ["cd sub && pwd", "/testbed/sub\n", 0],
        ["ls -d . | cat", ".\n", 0],
        ["export KEPT=1; (exit 3)", "", 3],
        ["env | grep KEPT", "KEPT=1\n", 0],
        ["cat /nonexistent", "", 1],
        ["python3 -c 'import os; os.kill(os.getppid(), 9)'", "", 137],
        ["pwd", "/testbed/sub\n", 0],
        ["sleep 60 &", "", 0],
        ["echo with company", "with company\n", 0],
        ["kill %1; kill -9 -1", "", 0],
        ["sh -c 'exit 9'", "", 9],
        ["nosuchcommand", "", 127],
        ["mkdir /tmp/short && cd /tmp/short && rmdir /tmp/short", "", 0],
        ["pwd", "/testbed\n", 0],
      ];
      for (const [command, output, code] of turns)
        expect([command, await harness().run(command)]).toMatchObject([
          command,
          { exit_code: code, stdout: { text: output } },
        ]);
      expect(await harness().run("sleep 60", { timeoutMs: 300 })).toMatchObject({ status: "timed_out" });
      expect(await harness().run("sleep 60", { timeoutMs: 300, ownShell: true })).toMatchObject({
        status: "timed_out",
      });
      expect(await harness().stdout("env", { ownShell: true })).toContain("KEPT=1\n");
      await harness().run("unset KEPT");
    });

    it("shows a command no variable of the dispatcher, whose last turn one could read for an hour", async () => {
      const list = "compgen -v | sort; declare -p turn said crowd worker child before COPROC";
      await harness().using(async (sandbox) => {
        const first = await sandbox.run(list, call);
        await sandbox.run("true", call);
        const after = await sandbox.run(list, call);
        expect([after.stdout.text, after.stderr.text]).toEqual([first.stdout.text, first.stderr.text]);
        expect(after.stdout.text).not.toMatch(/^(turn|said|crowd|COPROC|more|op)$/m);
      });
    });

    it("keeps what the shell itself reads by, exported: IFS and REPLY", async () => {
      await harness().run("export IFS=, REPLY=7");
      for (let turn = 0; turn < 3; turn += 1)
        expect(await harness().stdout('a=x,y; printf "<%s>" $a $REPLY')).toBe("<x><y><7>");
      await harness().run("unset IFS REPLY");
    });

    it("traces a command and nothing else", async () => {
      expect((await harness().run("set -x; cd sub")).stderr.text).toMatch(/^\++ cd sub\n$/);
      expect((await harness().run("pwd; cd ..")).stderr.text).toBe("");
    });

    it("finds a program anew for each command, though a shell remembers where it was", async () => {
      await harness().run("mkdir -p /tmp/a /tmp/b; export PATH=/tmp/a:/tmp/b:$PATH");
      await harness().run("printf '#!/bin/sh\\necho b' >/tmp/b/which-one; chmod +x /tmp/b/which-one");
      expect(await harness().stdout("which-one")).toBe("b\n");
      await harness().run("printf '#!/bin/sh\\necho a' >/tmp/a/which-one; chmod +x /tmp/a/which-one");
      expect(await harness().stdout("which-one")).toBe("a\n");
      await harness().run("export PATH=${PATH#/tmp/a:/tmp/b:}");
    });

    it("runs what a command left for its end", async () => {
      const result = await harness().run("trap 'echo bye; cd /; exit 6' EXIT; echo hello; false");
      expect(result).toMatchObject({ exit_code: 6, stdout: { text: "hello\nbye\n" } });
    });

    it("ends what it left for its end at its deadline too", async () => {
      const result = await harness().run("trap 'sleep 100' EXIT; echo hello", { timeoutMs: 500 });
      expect(result).toMatchObject({ status: "timed_out", stdout: { text: "hello\n" } });
    });

    it("goes on after a break that belongs to no loop", async () => {
      for (const word of ["break", "continue"])
        expect(await harness().stdout(`${word} 2>/dev/null; echo on`)).toBe("on\n");
    });

    it("ends with exec, though something in the background was started before", async () => {
      const result = await harness().run("(while :; do sleep 1; done) & exec sh -c 'echo replaced; exit 9'");
      expect(result).toMatchObject({ exit_code: 9, stdout: { text: "replaced\n" } });
      await harness().run("kill -9 -1");
    });

    it("runs the next command, though what was left behind killed every process in between", async () => {
      await harness().run("(sleep 0.2; kill -9 -1) &");
      await delay(600);
      expect(await harness().run("echo here")).toMatchObject({ exit_code: 0, stdout: { text: "here\n" } });
    });

    it("sees a directory that was made again under its name", async () => {
      await harness().run("mkdir -p /tmp/again; cd /tmp/again");
      await harness().run("(sleep 0.2; rm -r /tmp/again; mkdir /tmp/again; touch /tmp/again/new) >/dev/null 2>&1 &");
      await delay(600);
      expect(await harness().stdout("ls; ls /proc/self/cwd/; cd /testbed")).toBe("new\nnew\n");
    });

    it("starts in the workdir again when the directory is gone", async () => {
      await harness().run("mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone");
      expect(await harness().stdout("pwd")).toBe("/testbed\n");
    });

    it("stays in a directory whose name is no UTF-8", async () => {
      await harness().run("mkdir -p $'/tmp/\\xff\\xe4'; cd $'/tmp/\\xff\\xe4'; export KEPT=1");
      expect(await harness().stdout("echo $KEPT; pwd | od -An -tx1")).toBe("1\n 2f 74 6d 70 2f ff e4 0a\n");
      await harness().run("cd /testbed; unset KEPT");
    });

    it("keeps the directory, and the variables from before, when the variables have become too many to carry", async () => {
      await harness().run("export KEPT=1");
      await harness().run("cd /tmp; export KEPT=2 LARGE=$(printf %100000s)");
      expect(await harness().stdout("pwd; echo $KEPT ${#LARGE}")).toBe("/tmp\n1 0\n");
      await harness().run("cd /testbed; unset KEPT");
    });

    it("gives the spec's variables literally, and none of the host's", async () => {
      process.env["SWERL_CANARY"] = "canary-value";
      expect(await harness().stdout('printf %s "$GREETING"')).toBe('it\'s\na "test" $HOME');
      expect(await harness().stdout("env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'")).not.toContain(
        "canary-value",
      );
    });

    it("counts lines of the command from one", async () => {
      expect((await harness().run("true\nnosuchcommand")).stderr.text).toContain("bash: line 2: nosuchcommand");
    });

    it("has empty stdin, or the bytes given", async () => {
      expect(await harness().stdout("cat; echo end")).toBe("end\n");
      const bytes = Buffer.from([0, 1, 10, 255, 0]);
      expect(await harness().stdout("od -An -tx1", { stdin: bytes })).toBe(" 00 01 0a ff 00\n");
    });

    it("runs a command longer than an argument may be", async () => {
      expect(await harness().stdout(`: ${"x".repeat(300_000)}\necho done`)).toBe("done\n");
    });

    it("leaves a background process alone and does not wait for it", async () => {
      const result = await harness().run("sleep 300 & echo $! > /tmp/pid");
      expect(result).toMatchObject({ status: "exited", exit_code: 0 });
      expect(result.duration_ms).toBeLessThan(60_000);
      expect(await harness().stdout("kill $(cat /tmp/pid) && echo was there")).toBe("was there\n");
    });
  });

  describe("output", () => {
    it("replaces what is no UTF-8 and keeps NUL", async () => {
      expect(await harness().stdout("printf 'a\\0b\\377'")).toBe("a\0b\ufffd");
    });

    it("keeps head and tail and counts the rest", async () => {
      const result = await harness().run("seq 100000", { outputLimitBytes: 1_000 });
      expect(result.stdout).toMatchObject({ total_bytes: 588_895, dropped_bytes: 587_895 });
      expect(result.stdout.text.startsWith("1\n2\n3\n")).toBe(true);
      expect(result.stdout.text.endsWith("99999\n100000\n")).toBe(true);
    });

    it("survives 200 MB on both streams together", async () => {
      const result = await harness().run(
        "head -c 150000000 /dev/zero | tr '\\0' x; head -c 50000000 /dev/zero >&2; exit 2",
      );
      expect(result).toMatchObject({ status: "exited", exit_code: 2 });
      expect(result.stdout).toMatchObject({ total_bytes: 150_000_000, dropped_bytes: 149_900_000 });
      expect(result.stderr).toMatchObject({ total_bytes: 50_000_000 });
    });

    it("returns what a command wrote before its time ran out", async () => {
      const result = await harness().run("echo before; sleep 100", { timeoutMs: 700 });
      expect(result).toMatchObject({ status: "timed_out", exit_code: null });
      expect(result.stdout.text).toBe("before\n");
    });
  });

  describe("time limits", () => {
    it("ends everything a command started and comes back where it was", async () => {
      await harness().run("cd sub; export KEPT=yes");
      const escape =
        "(setsid sleep 4001 &); (trap '' TERM HUP INT; sleep 4002) & setsid bash -c 'sleep 4003 & wait' & sleep 4004";
      const result = await harness().run(escape, { timeoutMs: 500 });
      expect(result.status).toBe("timed_out");
      expect(await harness().stdout('echo "$PWD $KEPT"; grep -lz "^400" /proc/[0-9]*/cmdline')).toBe(
        "/testbed/sub yes\n",
      );
      await harness().run("cd /testbed; unset KEPT");
    });

    it("ends a fork bomb", async () => {
      const result = await harness().run("f() { f | f & }; f; sleep 60", { timeoutMs: 1_500 });
      expect(["timed_out", "exited"]).toContain(result.status);
      expect(await harness().stdout("echo alive", { timeoutMs: 60_000 })).toBe("alive\n");
    });

    it("rejects with the abort reason at once and goes on", async () => {
      const controller = new AbortController();
      const running = harness().run("sleep 100", { signal: controller.signal });
      setTimeout(() => controller.abort(new Error("stop now")), 100);
      await expect(running).rejects.toThrow("stop now");
      expect(await harness().stdout("echo alive")).toBe("alive\n");
      await expect(harness().run("true", { signal: controller.signal })).rejects.toThrow("stop now");
    });
  });
}
