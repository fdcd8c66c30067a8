/** Bytes of the fixed head of a request; see dispatcher.sh. */
const HEAD_BYTES = 128;

/** A request of the dispatcher: head, then the payloads as UTF-8 without NUL. */
export function renderRequest(
  op: "p" | "x" | "w" | "s" | "d" | "q",
  nonce: string,
  payloads: readonly Buffer[] = [],
  last: readonly number[] = [],
): Buffer {
  const numbers = [...payloads.map((payload) => payload.length), ...last];
  const head = [op, nonce, ...numbers].join(" ").padEnd(HEAD_BYTES, " ");
  return Buffer.concat([Buffer.from(head, "latin1"), ...payloads]);
}

/** Text as one word of bash, whatever it holds. NUL cannot be in a word and is left out, as bash leaves it out. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("\0", "").replaceAll("'", "'\\''")}'`;
}

/** `declare -x` lines that give a fresh shell its exported variables. Names that are no identifiers are left out. */
export function renderEnvironment(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .map(([name, value]) => `declare -x ${name}=${quoteWord(value)}\n`)
    .join("");
}

/** The snippet that writes one file: contents that are large or hold a NUL travel as base64, others as they are. */
export function renderPut(path: string, content: Uint8Array, executable: boolean | undefined): Buffer {
  const mode = executable === undefined ? "=" : executable ? "+" : "-";
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const head = Buffer.from(`put ${quoteWord(path)} ${mode} `, "utf8");
  const tail = Buffer.from(" || failed=1\n", "latin1");
  if (bytes.length > 16_384 || bytes.includes(0))
    return Buffer.concat([head, Buffer.from(`base64 ${bytes.toString("base64")}`), tail]);
  // latin1 keeps every byte one character, so that quoting cannot change bytes that are no UTF-8.
  return Buffer.concat([head, Buffer.from(`text ${quoteWord(bytes.toString("latin1"))}`, "latin1"), tail]);
}
