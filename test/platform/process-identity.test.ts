import { describe, expect, it } from "vitest";

import { checkAlive, type ProcessIdentity, readOwnIdentity } from "../../src/platform/process-identity.ts";

describe("checkAlive", () => {
  const own: ProcessIdentity = { ...readOwnIdentity(), machine_id: "a".repeat(32) };
  const rebooted = { ...own, boot_id: "other" };

  it("knows its own process, and one that has ended", () => {
    expect(checkAlive(own, own)).toBe("alive");
    expect(checkAlive({ ...own, start_time: "1" }, own)).toBe("dead");
  });

  it("counts a process of an earlier boot of this machine as dead", () => {
    expect(checkAlive(rebooted, own)).toBe("dead");
  });

  it.each([
    { ...rebooted, machine_id: "b".repeat(32) },
    { ...rebooted, machine_id: null },
    { ...rebooted, hostname: "elsewhere" },
  ])("cannot tell of a process that may run on another machine: %j", (other) => {
    expect(checkAlive(other, own)).toBe("unknown");
  });

  it("cannot tell earlier boots from other machines where the machine has no id", () => {
    const nameless = { ...own, machine_id: null };
    expect(checkAlive({ ...nameless, boot_id: "other" }, nameless)).toBe("unknown");
  });
});
