import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createBubblewrapProvider } from "../../../src/adapters/bubblewrap/bubblewrap-provider.ts";
import type { Sandbox, SandboxProvider, TreeChanges } from "../../../src/ports/sandbox.ts";
import { call } from "../../contracts/sandbox-harness.ts";

const MIB = 1024 * 1024;
const FILES = 400;

describe("closing a bubblewrap sandbox", { timeout: 60_000 }, () => {
  let folder: string;
  let provider: SandboxProvider;
  const open = (diskBytes = 64 * MIB): Promise<Sandbox> => {
    const limits = { memoryBytes: 16 * MIB + diskBytes, maxProcesses: 64, diskBytes };
    const tree = join(folder, "tree");
    return provider.open({ rootfs: { kind: "host" }, tree, workdir: "/testbed", env: {}, limits }, call);
  };
  const write = (sandbox: Sandbox, text: string): Promise<unknown> =>
    sandbox.run(`for i in $(seq ${FILES / 2}); do echo ${text} >file-$i; done`, call);
  const textsOf = ({ changes }: TreeChanges): string[] =>
    changes.map(({ content }) => Buffer.from(content ?? []).toString());

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "swerl-close-"));
    await mkdir(join(folder, "tree"));
    for (let index = 1; index <= FILES; index += 1) await writeFile(join(folder, "tree", `file-${index}`), "before\n");
    provider = await createBubblewrapProvider();
  });
  afterAll(async () => {
    await provider.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("while its changes were read made every file look deleted: the reading is waited for", async () => {
    const sandbox = await open();
    await write(sandbox, "mine");
    const extracted = sandbox.extractChanges(call);
    await sandbox.close();
    expect(textsOf(await extracted)).toEqual(Array.from({ length: FILES / 2 }, () => "mine\n"));
    await expect(sandbox.extractChanges(call)).rejects.toMatchObject({ code: "SWERL_SANDBOX_CLOSED" });
  });

  it("while its changes were read let another sandbox's descriptors take the place of its own", async () => {
    const sandbox = await open();
    await write(sandbox, "mine");
    const extracted = sandbox.extractChanges(call);
    const closed = sandbox.close();
    const others = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const other = await open();
        await write(other, "other");
        return other;
      }),
    );
    expect(new Set(textsOf(await extracted))).toEqual(new Set(["mine\n"]));
    await Promise.all([closed, ...others.map((other) => other.close())]);
  });

  it("with much on its disk made the next, smaller one fail: its cgroup still counted that disk (EBUSY)", async () => {
    const large = await open(600 * MIB);
    await large.run("dd if=/dev/zero of=big bs=1M count=500", call);
    const closed = large.close();
    const held: Sandbox[] = [];
    for (let index = 0; index < 16; index += 1) held.push(await open(MIB));
    for (const small of held) {
      expect(await small.run("echo ok", call)).toMatchObject({ stdout: { text: "ok\n" } });
      await small.close();
    }
    await closed;
  });
});
