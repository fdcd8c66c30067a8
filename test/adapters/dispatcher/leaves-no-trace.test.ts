import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { areOfPrograms, leavesNoTrace } from "../../../src/adapters/dispatcher/leaves-no-trace.ts";

describe("what leaves no trace in a shell", () => {
  it.each([
    "true",
    "cd /testbed && python -m pytest -x tests/test_a.py::test_b[1] 2>&1 | tail -20",
    "ls -la; grep -rn 'a(b) $c' src/ | head -5 || echo \"none found\"",
    "git -C /testbed log --oneline -n 5 > /dev/null 2>&1",
    "sed -n '1,50p' setup.py",
    "find . -name '*.py' -type f",
  ])("%s does not", (command) => expect(leavesNoTrace(command)).toBe(true));

  it.each([
    ["", " ", "\n", "true\ntrue", "echo é", "a".repeat(5_000)],
    ["x=1", "x=1 true", "a[0]=1", "echo $x", 'echo "$(x)"', "echo `x`", "echo \\a", 'echo "!!"', "echo ${x:=1}"],
    ["export A=1", "set -e", "shopt -s nullglob", "exec ls", "exit", "eval x", "alias a=b", "trap x EXIT", "kill 1"],
    ["printf -v x 1", "read x", "pushd /", "umask 077", "ulimit -n 5", "source a", ". a", "break", "true; break"],
    ["(true)", "{ true; }", "f() { :; }", "true &", "true & true", "cat <<E", "cat <(ls)", "! true", "# x", "true # x"],
    [
      "echo a > file",
      "echo a > /proc/self/fd/241",
      "cat < file",
      "exec 3>/dev/null",
      "true 3>/dev/null",
      "> /dev/null",
    ],
    [
      "echo a >/dev/null/x",
      "echo a >&2x",
      "echo a >&241",
      "cat >&240",
      "true 2>&10",
      "true >&2''",
      "true >&2-",
      "sh -c 'kill -STOP $PPID'",
      "echo a 2>&3",
      "true |",
      "| true",
      "&& true",
      "true && ; true",
      "true || | x",
      "'x' y",
      "~/x",
    ],
    [
      "'export' A=1",
      'ex"port" A=1',
      "/bin/ls;x=1",
      "time true",
      "if true",
      "while",
      "coproc cat",
      "builtin set -e",
      "test -v 'a[x=1]'",
      "[ -v 'a[x=1]' ]",
    ],
  ])("%s, %s, %s ... might", (...commands) => {
    for (const command of commands) expect([command, leavesNoTrace(command)]).toEqual([command, false]);
  });

  it("agrees with bash: what it lets through changes nothing of a shell", () => {
    const words = fc.constantFrom(
      ..."true echo cd test [ pwd env ls cat export set alias exec read eval local if f() A=1 -e x $x `x` / .. * a* [a]".split(
        " ",
      ),
      ..."~ = -f -v -- { } ( ) | || && ; & > 2>&1 >&2 >&2x >/dev/null 3>/dev/null < ! # - a[x=1] 'a[x=1]'".split(" "),
      "'a b'",
      '"c d"',
    );
    const commands = fc.sample(fc.array(words, { minLength: 1, maxLength: 6 }), { numRuns: 40_000, seed: 7 });
    const accepted = [...new Set(commands.map((parts) => parts.join(" ")).filter(leavesNoTrace))];
    expect(accepted.length).toBeGreaterThan(300);
    const state = `{ set +o; shopt; alias; declare -F; trap; umask; ulimit -a; jobs; echo /proc/self/fd/*; compgen -v; }`;
    const program = `
      cd() { builtin cd "$@" || return; builtin cd "$home"; }
      home=$PWD before= after= command= code=; builtin cd .; [[ a =~ a ]]
      before=$(${state})
      while IFS= read -r -d '' -u 9 command; do
        eval "$command" >/dev/null 2>&1 </dev/null
        after=$(${state})
        [[ $after == "$before" && -z $A$x ]] || { echo "changed by: $command"; before=$after; }
      done; echo end`;
    const folder = mkdtempSync(join(tmpdir(), "swerl-trace-"));
    try {
      const said = execFileSync("bash", ["--norc", "-c", `exec 9<&0; ${program}`], {
        cwd: folder,
        env: { PATH: process.env["PATH"], HOME: folder },
        input: accepted
          .slice(0, 600)
          .map((command) => `${command}\0`)
          .join(""),
      });
      expect(String(said)).toBe("end\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leaves a shell alone whose exported variables change how it works", () => {
    for (const name of ["IFS", "POSIXLY_CORRECT", "BASH_ENV", "SHELLOPTS", "TMOUT", "CDPATH"])
      expect(areOfPrograms(Buffer.from(`declare -x A="1"\ndeclare -x ${name}="x"\n`))).toBe(false);
    expect(areOfPrograms(Buffer.from('declare -x PATH="/bin"\ndeclare -x IFSX="IFS=1"\ndeclare -rx OLDPWD\n'))).toBe(
      true,
    );
  });
});
