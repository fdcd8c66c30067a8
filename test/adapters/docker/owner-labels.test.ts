import { describe, expect, it } from "vitest";

import { createOwnerLabels, EXPIRES_LABEL, isOrphan, OWNER_LABEL } from "../../../src/adapters/docker/owner-labels.ts";
import { readOwnIdentity } from "../../../src/platform/process-identity.ts";

const NOW = 1_800_000_000_000;

describe("isOrphan", () => {
  const own = readOwnIdentity();
  const labelsOf = (owner: object): Record<string, string> => ({
    [OWNER_LABEL]: JSON.stringify(owner),
    [EXPIRES_LABEL]: String(NOW / 1000),
  });

  it("spares what a live process owns, however old", () => {
    expect(isOrphan(createOwnerLabels(0), NOW)).toBe(false);
  });

  it("takes what a process owned that has ended, or whose pid another one has now", () => {
    expect(isOrphan(labelsOf({ ...own, start_time: "1" }), NOW)).toBe(true);
    expect(isOrphan(labelsOf({ ...own, pid: 4_194_304 }), NOW)).toBe(true);
  });

  it.skipIf(own.machine_id === null)("takes what an earlier boot of this machine owned", () => {
    expect(isOrphan(labelsOf({ ...own, boot_id: "other" }), NOW - 1000)).toBe(true);
  });

  it.each([{ machine_id: "0".repeat(32) }, { machine_id: null }, { machine_id: undefined }])(
    "took the live sandbox of a machine that has the same hostname, as clones do: %j",
    (machine) => {
      const clone = labelsOf({ ...own, boot_id: "other", pid: 4242, ...machine });
      expect(isOrphan(clone, NOW - 1000)).toBe(false);
      expect(isOrphan(clone, NOW + 1000)).toBe(true);
    },
  );

  it("lets what another machine owns live until it expires", () => {
    const foreign = labelsOf({ ...own, boot_id: "other", hostname: "elsewhere" });
    expect(isOrphan(foreign, NOW - 1000)).toBe(false);
    expect(isOrphan(foreign, NOW + 1000)).toBe(true);
  });

  it.each([{}, { [OWNER_LABEL]: "not json" }, { [OWNER_LABEL]: "null" }, { [OWNER_LABEL]: '{"pid":"x"}' }])(
    "never touches a container that is not ours: %j",
    (labels) => {
      expect(isOrphan(labels, NOW)).toBe(false);
    },
  );
});
