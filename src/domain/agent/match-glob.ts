/**
 * Whether a name matches a pattern whose `*` stands for any text and `?` for one character. The time is bounded by the
 * product of both lengths, whatever the pattern: it is the model's, and as a regular expression it could run for hours.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  const [text, wanted] = [[...name], [...pattern]];
  let [at, next] = [0, 0];
  /** The last `*`, and where its text ends so far. */
  let star: { next: number; at: number } | null = null;
  while (at < text.length) {
    if (wanted[next] === "*") {
      star = { next, at };
      next += 1;
    } else if (wanted[next] === "?" || wanted[next] === text[at]) {
      at += 1;
      next += 1;
    } else if (star !== null) {
      star.at += 1;
      at = star.at;
      next = star.next + 1;
    } else return false;
  }
  return wanted.slice(next).every((character) => character === "*");
}
