import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { call, type SandboxHarness } from "./sandbox-harness.ts";

/** What code inside must not reach. */
export function describeIsolation(harness: () => SandboxHarness): void {
  describe("isolation", () => {
    it("sees nothing of the host and of other sandboxes", async () => {
      const canary = join(harness().folder, "canary");
      await writeFile(canary, "secret");
      const script = `cat ${canary} ${harness().tree}/a.txt /root/.ssh/* /var/run/docker.sock 2>/dev/null; ls /proc | grep -c '^[0-9]'`;
      expect(Number((await harness().stdout(script)).trim())).toBeLessThan(10);
    });

    it("has no network but its own loopback", async () => {
      expect((await harness().run("exec 3<>/dev/tcp/1.1.1.1/53", { timeoutMs: 5_000 })).exit_code).not.toBe(0);
      expect(await harness().stdout("cat /proc/net/dev | grep -c :")).toBe("1\n");
    });

    it("leaves the kernel's settings alone", async () => {
      const settings = ["kernel/core_pattern", "vm/drop_caches", "kernel/panic", "kernel/hostname"];
      for (const setting of settings) {
        // Writes back what is there: a sandbox that lets it through has changed nothing here.
        const result = await harness().run(`cat /proc/sys/${setting} > /tmp/s; cat /tmp/s > /proc/sys/${setting}`);
        expect([setting, result.exit_code]).toEqual([setting, 1]);
      }
      const writable =
        "find /proc -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o -path /proc/thread-self -prune -o -type f -perm /222 -writable -exec test -f {} \\; -print";
      expect(await harness().stdout(`${writable} 2>/dev/null | head`)).toBe("");
    });

    it.each([
      ["mount -t tmpfs none /mnt"],
      ["unshare -U true"],
      ["unshare -m true"],
      ["mknod /tmp/disk b 254 0"],
      ["printf '' > /proc/sysrq-trigger"],
      ["chroot / true"],
      ["dmesg"],
      ["date -s 2001-01-01"],
    ])("refuses %s", async (command) => {
      expect((await harness().run(command)).exit_code).not.toBe(0);
    });

    it("cannot change the host's device nodes", async () => {
      const { mode } = await stat("/dev/null");
      await harness().using(async (sandbox) => {
        await sandbox.run("chmod 600 /dev/null; touch -d 2001-01-01 /dev/null", call);
        expect(await stat("/dev/null")).toMatchObject({ mode });
      });
    });

    it.each([
      ["socket.socket(40, socket.SOCK_STREAM)", "vsock"],
      ["socket.socket(16, socket.SOCK_RAW, 9)", "audit netlink"],
      ["socket.socket(17, socket.SOCK_RAW, 0)", "packet sockets"],
      ["syscall(425, 8, 0)", "io_uring"],
      ["syscall(250, 0, -3, 0)", "keyctl"],
      ["syscall(321, 0, 0, 0)", "bpf"],
      ["syscall(323, 0)", "userfaultfd"],
      ["syscall(298, 0, 0, 0, 0, 0)", "perf_event_open"],
      ["syscall(304, 0, 0, 0)", "open_by_handle_at"],
      ["syscall(56, 0x10000011, 0, 0, 0, 0)", "clone with a user namespace"],
      ["syscall(438, 0, 0, 0)", "pidfd_getfd"],
    ])("closes %s (%s)", async (expression) => {
      const result = await harness().run(`python3 - <<'END'\n${PROBE}\nprobe(lambda: ${expression})\nEND`);
      expect(result.stdout.text).toMatch(/^refused (1|38|97)\n$/);
    });
  });
}

const PROBE = `
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def syscall(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
def probe(action):
    try:
        action()
        print("open")
    except OSError as error:
        print("refused", error.errno)
`;
