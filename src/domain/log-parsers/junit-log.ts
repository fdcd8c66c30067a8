import type { StatusMap } from "./pytest-log.ts";

const REPORT = /^<testsuites[\s>][^]*?<\/testsuites>/;
const CASE = /<testcase\s([^>]*?)(?:\/>|>([^]*?)<\/testcase>)/g;
const ATTRIBUTE = /([\w-]+)="([^"]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * The last JUnit report of pytest in a log (`--junitxml=FILE`, then `cat FILE`), as ids of pytest. The form
 * `xunit1` names the file; `xunit2`, the default, has only a dotted name, in which the first capital begins a class.
 */
export function parseJunit(log: string): StatusMap {
  const statuses: StatusMap = new Map();
  // Errors hold the text of tests, which may look like elements: it stands escaped or in CDATA.
  const last = log.slice(Math.max(0, log.lastIndexOf("<testsuites")));
  const report = (REPORT.exec(last)?.[0] ?? "").replace(/<!\[CDATA\[[^]*?\]\]>/g, "");
  for (const [, attributes = "", body = ""] of report.matchAll(CASE)) {
    const found = new Map([...attributes.matchAll(ATTRIBUTE)].map(([, key = "", value = ""]) => [key, decode(value)]));
    const id = nameTest(found.get("classname") ?? "", found.get("name") ?? "", found.get("file"));
    const status = readStatus(body);
    // A test that passes and then fails in its teardown has two entries.
    if (statuses.get(id) === undefined || status === "ERROR") statuses.set(id, status);
  }
  return statuses;
}

function nameTest(className: string, name: string, file: string | undefined): string {
  const parts = className.split(".");
  const firstClass = parts.findIndex((part) => /^[A-Z]/.test(part));
  const isPath = file !== undefined && className.startsWith(file.replace(/\.py$/, "").replaceAll("/", "."));
  const depth = isPath ? file.split("/").length : firstClass === -1 ? parts.length : firstClass;
  const path = file ?? `${parts.slice(0, depth).join("/")}.py`;
  return [path, ...parts.slice(depth), name].join("::");
}

function readStatus(body: string): string {
  if (body.includes("<error")) return "ERROR";
  if (body.includes("<failure")) return "FAILED";
  if (!body.includes("<skipped")) return "PASSED";
  return /<skipped\s[^>]*type="pytest\.xfail"/.test(body) ? "XFAIL" : "SKIPPED";
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}
