/**
 * The status of an expected test in a parsed log; null when it is not there. 676 ids of SWE-bench Verified end inside
 * their parameter (`test_fail[log(photon`): such an id stands for the tests that begin with it, where all of them pass
 * or none does (swebench 5.0.2, harness/grading.py, _resolve_case).
 */
export function findStatus<T extends string>(statuses: ReadonlyMap<string, T>, id: string): T | null {
  const exact = statuses.get(id);
  if (exact !== undefined) return exact;
  if (count(id, "[") <= count(id, "]")) return null;
  const found = [...statuses].flatMap(([name, status]) => (name.startsWith(id) ? [status] : []));
  const [first = null] = found;
  return new Set(found.map(isPassing)).size === 1 ? first : null;
}

function isPassing(status: string): boolean {
  return status === "PASSED" || status === "XFAIL";
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
