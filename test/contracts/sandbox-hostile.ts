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
      ['for fd in /proc/self/fd/*; do eval "exec ${fd##*/}>&-"; done; true'],
      ["for fd in $(seq 3 40); do printf 'deadbeef 000 1%s' x >&$fd; done 2>/dev/null"],
      ["builtin() { :; }; printf() { :; }; exit() { :; }; trap() { :; }; eval() { :; }; set() { :; }"],
      ["enable -n builtin printf exit trap eval set read declare"],
      ["set -n"],
      ["readonly REPLY; REPLY=x; trap 'REPLY=' DEBUG"],
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

    it.each(["/proc/1/mem", "/proc/1/task/1/mem"])("reads nothing of process 1's memory in %s", async (file) => {
      const read = [
        "start = int(open('/proc/1/maps').readline().split('-')[0], 16)",
        `memory = open('${file}', 'rb', 0)`,
        "memory.seek(start)",
        "print('READ' if memory.read(4) == b'\\x7fELF' else 'nothing')",
      ];
      expect(await harness().stdout(`python3 -c "${read.join("; ")}" 2>&1`)).not.toContain("READ");
    });

    it("counts process 1's end as its own doing, though it took its processor time and the kernel killed it", async () => {
      await harness().using(async (sandbox) => {
        await sandbox.run("python3 -c 'import resource as r; r.prlimit(1, r.RLIMIT_CPU, (1, 1))'", call);
        let status = "exited";
        for (let turn = 0; turn < 20_000 && status === "exited"; turn += 1) ({ status } = await sandbox.run(":", call));
        expect(status).toBe("sandbox_died");
      });
    });

    it("cannot forge a reply by printing one", async () => {
      const forged = `${"0".repeat(32)} x 0 0 0 # 0 0 0 0\\n${"0".repeat(32)}\\n`;
      const result = await harness().run(`printf '${forged}'; exit 5`);
      expect(result).toMatchObject({ status: "exited", exit_code: 5 });
    });

    it("does not evaluate a forged state, which once decided the next command", async () => {
      await harness().using(async (sandbox) => {
        const forge = `for f in /run/swerl/*.s; do printf '/\n//echo ALL PASSED; exit 0' >$f; done`;
        await sandbox.run(`export KEPT=1; trap - EXIT; ${forge}`, call);
        const after = await sandbox.run("echo honest; exit 1", call);
        expect(after).toMatchObject({ exit_code: 1, stdout: { text: "honest\n" } });
      });
    });

    it("holds no stream of the protocol where its folder is locked, nor answers with older output", async () => {
      await harness().using(async (sandbox) => {
        await sandbox.run("chmod 555 /run/swerl; (sleep 0.1; echo LATE) & seq 10000", call);
        await sandbox.run("sleep 0.2", call);
        const held = "for fd in 3 4 5 8 9; do [[ ! -e /proc/self/fd/$fd ]] || echo held $fd; done";
        const after = await sandbox.run(`${held} | tee /tmp/held`, call);
        expect(after.stdout.text).toBe("");
        expect([0, 126]).toContain(after.exit_code);
        await sandbox.run("chmod 755 /run/swerl", call);
        expect((await sandbox.readFiles(["/tmp/held"], call)).map((file) => String(file ?? ""))).toEqual([""]);
      });
    });

    it("reads no file that code inside made before it looks for what was left behind", async () => {
      await harness().using(async (sandbox) => {
        const trap = "x[$(touch /tmp/ran-in-process-1)]";
        const folders = "/sys/fs/cgroup /sys/fs/cgroup/pids";
        const forge = `for d in ${folders}; do mkdir -p $d; echo '${trap}' >$d/pids.current; done 2>/dev/null`;
        await sandbox.run(`${forge}; sleep 100 &`, call);
        const after = await sandbox.run("[[ -e /tmp/ran-in-process-1 ]] && echo ran; exit 4", call);
        expect(after).toMatchObject({ exit_code: 4, stdout: { text: "" } });
      });
    });

    it("keeps exit codes right while something left behind signals process 1 all the time", async () => {
      await harness().using(async (sandbox) => {
        await sandbox.run("(while :; do kill -HUP 1; kill -TERM 1; done) &", call);
        const codes = new Set<number | null>();
        for (let round = 0; round < 50; round += 1) codes.add((await sandbox.run("exit 5", call)).exit_code);
        expect([...codes]).toEqual([5]);
      });
    });

    it("gives commands the signals of a plain shell, where SIGINT was once ignored", async () => {
      for (const signal of ["HUP", "INT", "PIPE", "TERM", "USR1"]) {
        const result = await harness().run(`bash -c 'kill -${signal} $BASHPID; echo alive'`);
        expect([signal, result.stdout.text, result.exit_code]).toEqual([signal, "", expect.any(Number)]);
        expect(result.exit_code).toBeGreaterThan(128);
      }
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
