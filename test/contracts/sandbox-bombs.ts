import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import type { Sandbox } from "../../src/ports/sandbox.ts";
import { call, type SandboxHarness } from "./sandbox-harness.ts";

const MIB = 1024 * 1024;
/** Small, so that a limit which does not hold does no harm. */
const LIMITS = { memoryBytes: 64 * MIB, maxProcesses: 24, diskBytes: 32 * MIB };

interface Bomb {
  readonly name: string;
  /** Asks for a little more than the limit, and can do no more than that: the bomb goes off only when it is refused. */
  readonly proof: string;
  readonly refused: RegExp;
  readonly bomb: string;
  /** What it prints when it lives to its end. */
  readonly bounded?: RegExp;
}

const BOMBS: readonly Bomb[] = [
  {
    name: "fork",
    proof:
      "python3 - <<'END'\nimport os, time\ntry:\n  for i in range(60):\n    if os.fork() == 0: time.sleep(60); os._exit(0)\n  print('all')\nexcept OSError: print('refused', i)\nEND",
    refused: /^refused [12]?\d\n$/,
    bomb: "f() { f | f & }; f; sleep 3",
  },
  {
    name: "memory",
    proof: "python3 -c 'x = bytearray(300 << 20); print(len(x))'; echo ended $?",
    refused: /^ended [1-9]\d*\n$/,
    bomb: "for i in 1 2 3 4; do python3 -c 'x = []\nwhile True: x.append(bytearray(1 << 20))' & done; wait; tail /dev/zero",
  },
  {
    name: "memory in files",
    proof: "head -c 300000000 /dev/zero > /dev/shm/full; echo ended $?; rm -f /dev/shm/full",
    refused: /^ended [1-9]\d*\n$/,
    bomb: "for i in $(seq 100); do head -c 20000000 /dev/zero > /dev/shm/$i; head -c 20000000 /dev/zero > /tmp/$i; done",
  },
  {
    name: "disk",
    proof: "head -c 60000000 /dev/zero > full; echo ended $?; rm -f full",
    refused: /^ended [1-9]\d*\n$/,
    bomb: "for i in $(seq 100); do head -c 10000000 /dev/zero > full-$i; head -c 10000000 /dev/zero > /var/tmp/full-$i; done; sleep 15; du -sm --total . /var/tmp | tail -1",
    bounded: /^\d\d?\t/,
  },
  {
    name: "inodes",
    proof:
      "python3 - <<'END'\ntry:\n  for i in range(40000): open(f'/tmp/{i}', 'w').close()\n  print('all')\nexcept OSError as error: print('refused', i)\nEND\nfind /tmp -type f -delete",
    refused: /^refused \d+\n$/,
    bomb: "python3 - <<'END'\nimport os\nfor i in range(60000):\n  try: open(f'/tmp/{i}', 'w').close(); os.mkdir(f'/dev/shm/{i}')\n  except OSError: pass\nEND",
  },
  {
    name: "descriptors",
    proof: "python3 -c 'x = [open(\"/dev/null\") for _ in range(5000)]'; echo ended $?",
    refused: /^ended 1\n$/,
    bomb: "for i in $(seq 12); do python3 -c 'import os, time\nx = []\nwhile True:\n  try: x.append(os.pipe())\n  except OSError: time.sleep(3); break' & done; wait",
  },
  {
    name: "zombies",
    proof:
      "python3 - <<'END'\nimport os\ntry:\n  for i in range(100):\n    if os.fork() == 0: os._exit(0)\n  print('all')\nexcept OSError: print('refused', i)\nEND",
    refused: /^refused \d+\n$/,
    bomb: "for i in $(seq 6); do setsid python3 -c 'import os, time\nwhile True:\n  try:\n    if os.fork() == 0: os._exit(0)\n  except OSError: time.sleep(0.5)' & done; sleep 3",
  },
];

/** Makes 25,000 links: too many where a sandbox may write a MiB, and too few to do harm. Waits for its end then. */
const LINKS =
  "python3 - <<'END'\nimport os, time\ntry:\n  for i in range(25000): os.symlink('x', f'link-{i}')\n  time.sleep(90)\nexcept OSError: print('refused')\nEND";

/** What exhausts a machine: bounded, and the host and the other sandboxes go on answering. */
export function describeBombs(harness: () => SandboxHarness): void {
  describe("bombs", () => {
    it.each(BOMBS)("bounds $name", async ({ proof, refused, bomb, bounded }) => {
      const neighbour = await harness().shared();
      const sandbox = await harness().open({}, LIMITS);
      try {
        const proved = await sandbox.run(proof, call);
        expect(proved.status).toBe("exited");
        expect(proved.stdout.text).toMatch(refused);
        await sandbox.run("kill -9 -1", call);
        const { answers, ended } = await answersWhile(neighbour, sandbox.run(bomb, { ...call, timeoutMs: 20_000 }));
        expect(answers.length).toBeGreaterThan(0);
        expect(new Set(answers)).toEqual(new Set(["answered"]));
        // Whatever it did to itself is its own doing.
        expect(["exited", "timed_out", "sandbox_died"]).toContain(ended.status);
        if (ended.status === "sandbox_died") return;
        if (bounded !== undefined) expect(ended.stdout.text).toMatch(bounded);
        await sandbox.run("rm -rf /tmp/* /dev/shm/* /var/tmp/* full-*", call);
        expect(await sandbox.run("echo alive", call)).toMatchObject({ status: "exited", stdout: { text: "alive\n" } });
      } finally {
        await sandbox.close();
      }
    });

    it("bounds files on disk, by refusing them or by ending the sandbox", async () => {
      const neighbour = await harness().shared();
      const sandbox = await harness().open({}, { ...LIMITS, diskBytes: MIB });
      try {
        const making = sandbox.run(LINKS, { ...call, timeoutMs: 100_000 });
        const { answers, ended } = await answersWhile(neighbour, making);
        expect(new Set(answers)).toEqual(new Set(["answered"]));
        if (ended.status !== "sandbox_died")
          expect(ended).toMatchObject({ exit_code: 0, stdout: { text: "refused\n" } });
      } finally {
        await sandbox.close();
      }
    });
  });
}

/** Asks another sandbox and the host, over and over, until something has ended. */
async function answersWhile<T>(neighbour: Sandbox, running: Promise<T>): Promise<{ answers: string[]; ended: T }> {
  const answers: string[] = [];
  for (;;) {
    const [inside] = await Promise.all([
      neighbour.run("echo here", call),
      promisify(execFile)("/bin/true", { timeout: call.timeoutMs }),
    ]);
    answers.push(inside.stdout.text === "here\n" ? "answered" : inside.status);
    const ended = await Promise.race([running, delay(100, null)]);
    if (ended !== null) return { answers, ended };
  }
}
