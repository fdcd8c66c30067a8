import { PassThrough } from "node:stream";

import { describe, expect, it } from "vitest";

import { Session } from "../../../src/adapters/dispatcher/session.ts";

const call = { signal: new AbortController().signal, timeoutMs: 5_000 };

/** A session whose dispatcher answers every request with one text, a byte a character; `N` stands for its number. */
function open(answer: string): { session: Session; sent: Buffer[]; isDestroyed: () => boolean } {
  const sent: Buffer[] = [];
  const [input, output] = [new PassThrough(), new PassThrough()];
  let destroyed = false;
  input.on("data", (request: Buffer) => {
    sent.push(request);
    const nonce = request.toString("latin1").split(" ")[1] as string;
    output.write(answer.replaceAll("N", nonce), "latin1");
  });
  const session = new Session({
    id: "test",
    workdir: "/testbed",
    env: {},
    input,
    output,
    interrupt: async () => {},
    destroy: () => {
      destroyed = true;
    },
  });
  return { session, sent, isDestroyed: () => destroyed };
}

describe("a reply that is not our dispatcher's", () => {
  it("is told from one that is", async () => {
    const { session } = open("N x 3 2 9 # 2 2 0;hierN\n");
    expect(await session.run("true", call)).toMatchObject({
      status: "exited",
      exit_code: 3,
      stdout: { text: "hi", total_bytes: 2, dropped_bytes: 0 },
      stderr: { text: "er", total_bytes: 9, dropped_bytes: 7 },
    });
  });

  it.each([
    "N x NaN 0 0 # 0 0 0;N\n",
    "N x 0 -5 0 # 0 0 0;N\n",
    "N x 0 0 1e3 # 0 0 0;N\n",
    "N x 256 0 0 # 0 0 0;N\n",
    "N x 0 1 0 # 2 0 0;hiN\n",
    "N x 0 0 # 0 0 0;N\n",
    "N x 0 0 0 # -1 -1;N\n",
    "N x 0 0 0 #;N\n",
    "N r # 0;N\n",
  ])("gave an exit code that is no number; it is the sandbox's end: %j", async (answer) => {
    const { session, isDestroyed } = open(answer);
    expect(await session.run("true", call)).toMatchObject({ status: "sandbox_died", exit_code: null });
    expect([isDestroyed(), session.exchange.isDead]).toEqual([true, true]);
  });

  it.each(["N r # 0;N\n", "N r # 0 0 0;N\n", "N w 0 #;N\n"])(
    "gave other files than were asked for: %j",
    async (answer) => {
      const { session, isDestroyed } = open(answer);
      await expect(session.readFiles(["a", "b"], call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_DIED" });
      expect(isDestroyed()).toBe(true);
    },
  );
});

it("a folder whose name is no UTF-8 was lost as the working directory", async () => {
  const cwd = Buffer.from("/testbed/\xff\xe4", "latin1");
  const { session, sent } = open("N x 0 0 0 # 0 0 14;/testbed/\xff\xe4\n//N\n");
  expect(await session.run("cd $'\\xff\\xe4'", call)).toMatchObject({ cwd: "/testbed/\ufffd\ufffd" });
  await session.run("pwd", call);
  expect(sent[1]?.subarray(128, 128 + cwd.length)).toEqual(cwd);
});
