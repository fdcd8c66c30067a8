import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "vitest";

import { createBubblewrapProvider } from "../../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import { call } from "../../contracts/sandbox-harness.ts";

it(
  "a folder deeper than a path can be long was dropped without a word: it is left out",
  { timeout: 60_000 },
  async () => {
    const tree = await mkdtemp(join(tmpdir(), "swerl-deep-"));
    const provider = await createBubblewrapProvider();
    try {
      const limits = { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 24 };
      const rootfs = { kind: "host" } as const;
      const sandbox = await provider.open({ rootfs, tree, workdir: "/testbed", env: {}, limits }, call);
      const name = "d".repeat(200);
      await sandbox.run(
        `echo here >near; for i in $(seq 30); do mkdir ${name}; cd ${name}; done; echo deep >far`,
        call,
      );
      const { changes, left_out: leftOut } = await sandbox.extractChanges(call);
      expect(changes.map(({ path }) => path)).toEqual(["near"]);
      expect(leftOut).toEqual([{ path: expect.stringMatching(/^(d{200}\/)+d{200}$/), reason: "unreadable" }]);
    } finally {
      await provider.close();
      await rm(tree, { recursive: true, force: true });
    }
  },
);
