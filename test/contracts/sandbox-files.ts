import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { SandboxBrokenError } from "../../src/platform/errors.ts";
import { call, type SandboxHarness } from "./sandbox-harness.ts";

/** Reading, writing, listing and extracting files. */
export function describeFiles(harness: () => SandboxHarness): void {
  describe("files", () => {
    it("reads in order, with null for what is no regular file", async () => {
      await harness().run("ln -sf /testbed/a.txt link; ln -sf /nowhere dangling; mkfifo -m 600 pipe");
      const paths = ["a.txt", "missing", "sub", "/testbed/sub/b.bin", "link", "dangling", "pipe", "../testbed/a.txt"];
      const contents = await (await harness().shared()).readFiles(paths, call);
      const bytes = contents.map((content) => (content === null ? null : Buffer.from(content).toString("latin1")));
      expect(bytes).toEqual(["alpha\n", null, null, "\0\x01\xff\n", "alpha\n", null, null, "alpha\n"]);
      await harness().run("rm link dangling pipe");
    });

    it("writes and reads back any bytes under any name", async () => {
      const files = [
        { path: "new/deep/é 'x' \"y\" $z.txt", content: Buffer.from("line\n") },
        { path: "no-newline", content: Buffer.from("\r\n\\n ") },
        { path: "empty", content: Buffer.alloc(0) },
        { path: "-dash", content: Buffer.from("-") },
        { path: "binary", content: randomBytes(300_000) },
        { path: "long", content: Buffer.from("ab'c\n".repeat(100_000)) },
        { path: "latin1", content: Buffer.from([0xe9, 0x27, 0x0a, 0xff]) },
      ];
      await (await harness().shared()).writeFiles(files, call);
      const back = await (
        await harness().shared()
      ).readFiles(
        files.map((file) => file.path),
        call,
      );
      expect(back.map((content) => Buffer.from(content ?? []))).toEqual(files.map((file) => file.content));
      await harness().run("rm -rf new no-newline empty ./-dash binary long latin1");
    });

    it("sets and keeps the executable bit", async () => {
      await (
        await harness().shared()
      ).writeFiles([{ path: "tool", content: Buffer.from("#!/bin/sh\necho ran\n"), executable: true }], call);
      expect(await harness().stdout("./tool")).toBe("ran\n");
      await (
        await harness().shared()
      ).writeFiles([{ path: "tool", content: Buffer.from("#!/bin/sh\necho again\n") }], call);
      expect(await harness().stdout("./tool")).toBe("again\n");
      await (
        await harness().shared()
      ).writeFiles([{ path: "tool", content: Buffer.from(""), executable: false }], call);
      expect(await harness().run("./tool; s=$?; rm tool; exit $s")).toMatchObject({ exit_code: 126 });
    });

    it("blames the sandbox's code for a file that cannot be written", async () => {
      const refused = (await harness().shared()).writeFiles([{ path: "a.txt/below", content: Buffer.from("x") }], call);
      await expect(refused).rejects.toThrow(SandboxBrokenError);
    });

    it("lists files and folders, sorted, dot folders shut", async () => {
      await harness().run(
        "mkdir -p list/.git/objects list/b; touch list/.git/objects/x list/b/c list/a list/.hidden; ln -s a list/l",
      );
      expect(await (await harness().shared()).listFiles("list", call)).toEqual([".git/", ".hidden", "a", "b/", "b/c"]);
      expect(await (await harness().shared()).listFiles("list/missing", call)).toBeNull();
      expect(await (await harness().shared()).listFiles("list/a", call)).toBeNull();
      await harness().run("rm -r list");
    });
  });

  describe("changes", () => {
    const changesAfter = async (command: string): Promise<Record<string, string | null>> => {
      const changes: Record<string, string | null> = {};
      await harness().using(async (sandbox) => {
        expect(await sandbox.run(command, call)).toMatchObject({ status: "exited", exit_code: 0 });
        for (const change of (await sandbox.extractChanges(call)).changes) {
          const content = change.content === null ? null : Buffer.from(change.content).toString("latin1");
          changes[change.path] = change.executable ? `+x ${content}` : content;
        }
      });
      return changes;
    };

    it.each<[string, Record<string, string | null>]>([
      ["true", {}],
      ["touch a.txt; chmod 600 sub/b.bin; cp a.txt t; mv t a.txt", {}],
      [
        "echo beta > a.txt; echo n > 'sub/new é.txt'; printf x >> sub/b.bin",
        { "a.txt": "beta\n", "sub/new é.txt": "n\n", "sub/b.bin": "\0\x01\xff\nx" },
      ],
      ["chmod +x a.txt", { "a.txt": "+x alpha\n" }],
      ["rm a.txt; rm -r sub", { "a.txt": null, "sub/b.bin": null, "sub/deep/c.txt": null }],
      [
        "rm -r sub; mkdir -p sub/deep; echo d > sub/deep/d",
        { "sub/b.bin": null, "sub/deep/c.txt": null, "sub/deep/d": "d\n" },
      ],
      ["rm -r sub; echo f > sub", { sub: "f\n", "sub/b.bin": null, "sub/deep/c.txt": null }],
      ["rm a.txt; mkdir a.txt; echo i > a.txt/i", { "a.txt": null, "a.txt/i": "i\n" }],
      [
        "mv sub moved",
        { "moved/b.bin": "\0\x01\xff\n", "moved/deep/c.txt": "c\n", "sub/b.bin": null, "sub/deep/c.txt": null },
      ],
      ["rm a.txt; ln -s /etc/passwd a.txt; ln -s / root; mkfifo -m 600 p", { "a.txt": null }],
      ["cd /; rm -rf /testbed; true", { "a.txt": null, "sub/b.bin": null, "sub/deep/c.txt": null }],
      [
        "cd /; rm -rf /testbed; echo x 2>/dev/null >/testbed; true",
        { "a.txt": null, "sub/b.bin": null, "sub/deep/c.txt": null },
      ],
      ["rm -r sub; ln -s /etc sub", { "sub/b.bin": null, "sub/deep/c.txt": null }],
      ["echo x > .git/config; rm -f .git/HEAD; mkdir .git/hooks; echo y > .git/hooks/pre-commit", {}],
      ["head -c 3000000 /dev/zero > large; echo s > small", { small: "s\n" }],
      [
        "(while :; do printf x > a.txt; done) & sleep 0.1; kill -9 $!; wait; echo fixed > a.txt",
        { "a.txt": "fixed\n" },
      ],
    ])("%s", async (command, expected) => {
      expect(await changesAfter(command)).toEqual(expected);
      expect(await readFile(join(harness().tree, "a.txt"), "utf8")).toBe("alpha\n");
    });

    it("names what it leaves out because it is large, and nothing else", async () => {
      await harness().using(async (sandbox) => {
        await sandbox.run("head -c 3000000 /dev/zero > large; echo s > small; rm a.txt", call);
        const { changes, left_out: leftOut } = await sandbox.extractChanges(call);
        expect(changes.map(({ path }) => path)).toEqual(["a.txt", "small"]);
        expect(leftOut).toEqual([{ path: "large", reason: "too_large" }]);
      });
    });

    it("ends what still runs before it looks, and can only be closed afterwards", async () => {
      await harness().using(async (sandbox) => {
        await sandbox.run("(while :; do echo x >> growing; done) & until [ -s growing ]; do sleep 0.01; done", call);
        const [first] = (await sandbox.extractChanges(call)).changes;
        expect(first?.path).toBe("growing");
        expect(await sandbox.run("true", call)).toMatchObject({ status: "sandbox_died" });
      });
    });

    it("bounds how many files it reports, the tree's own first", async () => {
      await harness().using(async (sandbox) => {
        await sandbox.run("mkdir 0; for i in $(seq 2500); do : > 0/$i; done; echo z > sub/deep/c.txt", {
          ...call,
          timeoutMs: 60_000,
        });
        const { changes, left_out: leftOut } = await sandbox.extractChanges(call);
        expect(changes).toHaveLength(2_000);
        expect(leftOut).toHaveLength(501);
        expect(leftOut.every(({ path, reason }) => path.startsWith("0/") && reason === "too_many")).toBe(true);
        expect(changes.some((change) => change.path === "sub/deep/c.txt")).toBe(true);
      });
    });
  });
}
