/** Cuts an observation to its middle-out limit and puts the footer under it. */
export function renderObservation(
  text: string,
  footer: string,
  place: { readonly cwd: string; readonly file: string | null },
  limitChars: number,
): string {
  const line = footer.replaceAll("{cwd}", place.cwd).replaceAll("{file}", place.file ?? "none");
  return `${clipMiddle(text, limitChars)}\n${line}`;
}

/** Keeps the first and the last half of a text that is too long and says how much is missing. */
export function clipMiddle(text: string, limitChars: number): string {
  if (text.length <= limitChars) return text;
  const half = Math.floor(limitChars / 2);
  const missing = text.length - 2 * half;
  return `${text.slice(0, half)}\n(${missing} characters left out)\n${text.slice(text.length - half)}`;
}
