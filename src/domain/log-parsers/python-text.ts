/** Python's notions of text, where they differ from JavaScript's. Test lists were made by Python. */

const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
/** Inside a character class: what str.isspace() accepts. */
export const PYTHON_SPACE = SPACE;

const RUN = new RegExp(`[${SPACE}]+`, "u");
const LEFT = new RegExp(`^[${SPACE}]+`, "u");

/** str.split() without arguments. */
export function splitWords(text: string): string[] {
  return text.split(RUN).filter((word) => word !== "");
}

/** str.strip() without arguments. Scans from the end, so a long run of spaces costs its length once. */
export function strip(text: string): string {
  let end = text.length;
  while (end > 0 && RUN.test(text[end - 1] as string)) end -= 1;
  return text.slice(0, end).replace(LEFT, "");
}

/** What stands before the first separator; the whole text without one. */
export function before(text: string, separator: string): string {
  const at = text.indexOf(separator);
  return at === -1 ? text : text.slice(0, at);
}
