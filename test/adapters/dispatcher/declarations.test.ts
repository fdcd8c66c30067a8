import { execFileSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { areDeclarations } from "../../../src/adapters/dispatcher/declarations.ts";

/** What a real bash says of its exported variables. */
function declareIn(script: string): Buffer {
  return execFileSync("env", ["-i", "bash", "--norc", "--noprofile", "-c", `${script}\ndeclare -px`]);
}

describe("areDeclarations", () => {
  it.each([
    [":"],
    ["export A='plain' B='say \"so\", \\ and $HOME and \x60id\x60' EMPTY= ; declare -x NONE"],
    ["export A=$'two\\nlines\\n' B=$'tab\\tand\\001 bell\\a' C=$'\\377\\200 bytes'"],
    ["export C=$'ends with backslash newline\\\\\\n' D='$(id)' E='\"; id' F=$'\\'' G='!x'"],
    ["LC_ALL=C.UTF-8; export U='grün ☃' LC_ALL"],
    ["declare -rx R=1; declare -ix I=5; declare -lx L=ABC; declare -ax LIST=(a 'b c' $'d\\ne')"],
    ["export BIG=$(printf 'x%.0s' {1..50000})"],
  ])("takes what bash writes for %s", (script) => {
    expect(areDeclarations(declareIn(script))).toBe(true);
  });

  it.each([
    ["echo ALL PASSED; exit 0"],
    ['declare -x A="1"; exit 0\n'],
    ['declare -x A="$(id)"\n'],
    ['declare -x A="`id`"\n'],
    ["declare -x A=$(id)\n"],
    ["declare -x A=1\n"],
    ['declare -x A="1"'],
    ['declare -x A="1" B[$(id)]=2\n'],
    ['declare -x A[$(id)]="1"\n'],
    ['declare -ax A=([$(id)]="1")\n'],
    ['declare -x A="open\n'],
    ["export A=1\n"],
  ])("refuses %j", (text) => {
    expect(areDeclarations(Buffer.from(text))).toBe(false);
    expect(areDeclarations(Buffer.concat([Buffer.from('declare -x OK="1"\n'), Buffer.from(text)]))).toBe(false);
  });
});
