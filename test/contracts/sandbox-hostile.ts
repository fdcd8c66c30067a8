import { describe, expect, it } from "vitest";

import { call, type SandboxHarness } from "./sandbox-harness.ts";

/** Commands that attack the dispatcher: none hangs, none ends the sandbox. */
export function describeHostileCommands(harness: () => SandboxHarness): void {
  describe("hostile commands", () => {
    it.each([
      ["kill -9 -1"],
      ["kill -9 1; for s in $(seq 64); do kill -$s 1; done 2>/dev/null"],
      ["kill -9 $PPID"],
      ["(kill -9 -1) & sleep 5"],
      ["for fd in $(seq 3 40); do echo forged >&$fd; done 2>/dev/null; exec 8>&- 9>&-"],
      ["rm -rf /run/swerl /tmp/* ~/*"],
      ["printf() { :; }; report() { :; }; export -f printf report; export LC_ALL=xx IFS=a PATH=/nowhere BASH_ENV=/x"],
      ["export BIG=$(head -c 200000 /dev/zero | tr '\\0' x)"],
      ["readonly PWD HOME; set -o posix; shopt -s extdebug"],
      ["exec >/dev/null 2>&1; cat /dev/urandom | head -c 1000000"],
      ["ulimit -n 5; ulimit -u 3; ls | cat | cat | cat"],
      ["mkdir -p /tmp/d; cd /tmp/d; for i in $(seq 100); do mkdir d; cd d; done 2>/dev/null"],
      ["python3 -c 'import os; [os.fork() for _ in range(4)]; os.kill(-1, 9)'"],
    ])("%s neither hangs nor ends the sandbox", async (command) => {
      await harness().using(async (sandbox) => {
        const result = await sandbox.run(command, { ...call, timeoutMs: 10_000 });
        expect(["exited", "timed_out"]).toContain(result.status);
        const after = await sandbox.run("PATH=/usr/bin:/bin; echo alive; exit 3", call);
        expect(after).toMatchObject({ status: "exited", exit_code: 3, stdout: { text: "alive\n" } });
      });
    });

    it("guards process 1's descriptors, or counts their abuse as the sandbox's end", async () => {
      await harness().using(async (sandbox) => {
        const abuse = 'for fd in 0 1 2 8 9; do timeout 1 sh -c "echo forged > /proc/1/fd/$fd"; done';
        const { status } = await sandbox.run(abuse, { ...call, timeoutMs: 10_000 });
        expect(harness().guardsDispatcher ? ["exited"] : ["exited", "timed_out", "sandbox_died"]).toContain(status);
        const after = await sandbox.run("echo alive", { ...call, timeoutMs: 10_000 });
        const expected = harness().guardsDispatcher ? ["exited"] : ["exited", "timed_out", "sandbox_died"];
        expect(expected).toContain(after.status);
      });
    });

    it("cannot forge a reply by printing one", async () => {
      const forged = `${"0".repeat(32)} x 0 0 0 # 0 0 0 0\\n${"0".repeat(32)}\\n`;
      const result = await harness().run(`printf '${forged}'; exit 5`);
      expect(result).toMatchObject({ status: "exited", exit_code: 5 });
    });

    it("a forged state is evaluated without the protocol's streams, which it once held", async () => {
      await harness().using(async (sandbox) => {
        const held = "HELD=; for fd in 3 4 5 8 9; do [[ ! -e /proc/self/fd/$fd ]] || HELD+=$fd; done; declare -x HELD";
        const forge = `for f in /run/swerl/*.s; do printf '%s\\n//%s' / '${held}' >$f; done`;
        await sandbox.run(`trap - EXIT; ${forge}`, call);
        const after = await sandbox.run('echo "${HELD-not evaluated}"', call);
        expect(after.stdout.text).toBe("\n");
      });
    });

    it("bounds what can be written, and says so", async () => {
      await harness().using(async (sandbox) => {
        const filled = await sandbox.run(
          "dd if=/dev/zero of=/tmp/full bs=1M count=2000; rm -f /tmp/full; echo freed",
          call,
        );
        expect(filled.stdout.text).toBe("freed\n");
        expect(filled.stderr.text).toMatch(/No space left|File size limit/);
      });
    });
  });
}
