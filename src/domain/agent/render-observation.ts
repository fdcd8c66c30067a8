/** Where the agent stands, as the line under an observation says it. */
interface Place {
  readonly cwd: string;
  /** The open file. */
  readonly file: string | null;
}

/** Cuts an observation of the paper set to its limit and puts the footer under it. */
export function renderObservation(text: string, footer: string | null, place: Place, limitChars: number): string {
  const line = footer === null ? "" : `\n${renderFooter(footer, place)}`;
  return `${clipMiddle(text, limitChars)}${line}`;
}

export function renderFooter(footer: string, place: Place): string {
  // In one pass and by a function: a folder's name may look like a placeholder, or like a pattern of a replacement.
  return footer.replaceAll(/\{(cwd|file)\}/g, (_, name: string) =>
    name === "cwd" ? place.cwd : (place.file ?? "none"),
  );
}

/** Keeps the first and the last half of a text that is too long and says how much is missing. */
export function clipMiddle(text: string, limitChars: number): string {
  if (text.length <= limitChars) return text;
  const half = Math.floor(limitChars / 2);
  const missing = text.length - 2 * half;
  return `${text.slice(0, half)}\n(${missing} characters left out)\n${text.slice(text.length - half)}`;
}
