import { describe, expect, it } from "vitest";

import { findStatus } from "../../../src/domain/log-parsers/find-status.ts";

const LOG = new Map([
  ["t.py::test_unit[log(photon)]", "PASSED"],
  ["t.py::test_unit[log(photon/s)]", "XFAIL"],
  ["t.py::test_split[a b]", "PASSED"],
  ["t.py::test_split[a c]", "FAILED"],
  ["t.py::test_plain", "FAILED"],
  ["test (a[0])", "PASSED"],
]);

describe("findStatus", () => {
  for (const [id, status] of [
    ["t.py::test_plain", "FAILED"],
    ["t.py::test_unit[log(photon)]", "PASSED"],
    // Cut inside their parameter: all agree on passing, or they do not.
    ["t.py::test_unit[log(photon", "PASSED"],
    ["t.py::test_split[a", null],
    // Whole ids have no other meaning.
    ["t.py::test_pl", null],
    ["t.py::test_unit", null],
    ["t.py::test_unit[log(photon)] ", null],
    ["test (a", null],
    ["t.py::test_none[x", null],
  ] as const) {
    it(`finds ${status} for ${id}`, () => {
      expect(findStatus(LOG, id)).toBe(status);
    });
  }
});
