import type { StatusMap } from "./pytest-log.ts";

const ATTRIBUTE = /\s([\w-]+)="([^"]*)"/g;
const MAX_ATTRIBUTES_LENGTH = 20_000;
const MAX_CODE_POINT = 0x10ffff;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * The last JUnit report of pytest in a log (`--junitxml=FILE`, then `cat FILE`), as ids of pytest. The form
 * `xunit1` names the file; `xunit2`, the default, has only a dotted name, in which the first capital begins a class.
 */
export function parseJunit(log: string): StatusMap {
  const statuses: StatusMap = new Map();
  const start = log.lastIndexOf("<testsuites");
  const end = start === -1 ? -1 : log.indexOf("</testsuites>", start);
  if (end === -1) return statuses;
  // What tests print may look like elements: there it stands escaped, or in CDATA.
  for (const piece of withoutCdata(log.slice(start, end)).split("<testcase").slice(1)) {
    const close = piece.indexOf(">");
    // The text is hostile: every step is linear in it, and no attribute of pytest is that long.
    if (close === -1 || close > MAX_ATTRIBUTES_LENGTH) continue;
    const attributes = [...piece.slice(0, close).matchAll(ATTRIBUTE)];
    const found = new Map(attributes.map(([, key = "", value = ""]) => [key, decode(value)]));
    const id = nameTest(found.get("classname") ?? "", found.get("name") ?? "", found.get("file"));
    const status = readStatus(piece.slice(close));
    // A test that passes and then fails in its teardown has two entries.
    if (statuses.get(id) === undefined || status === "ERROR") statuses.set(id, status);
  }
  return statuses;
}

function withoutCdata(text: string): string {
  const [head = "", ...rest] = text.split("<![CDATA[");
  const afters = rest.map((part) => {
    const end = part.indexOf("]]>");
    return end === -1 ? "" : part.slice(end + 3);
  });
  return head + afters.join("");
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
  const element = body.slice(body.indexOf("<skipped"));
  return element.slice(0, element.indexOf(">")).includes('type="pytest.xfail"') ? "XFAIL" : "SKIPPED";
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= MAX_CODE_POINT ? String.fromCodePoint(point) : whole;
  });
}
