/**
 * One line of `declare -px` as bash 4.4 to 5.3 write it, from its start: a name, and perhaps a value in double quotes,
 * in `$'...'`, or a list of such values.
 */
const VALUE = String.raw`(?:"(?:[^"\\$\`]|\\[^])*"|\$'(?:[^'\\]|\\[^])*')`;
const DECLARATION = new RegExp(
  String.raw`declare -[A-Za-z]+ [A-Za-z_][A-Za-z0-9_]*(?:=(?:${VALUE}|\((?:\[\d+\]=${VALUE} ?)*\)))?\n`,
  "y",
);

/** True for text that does nothing but declare variables with values that are words: nothing in it is run. */
export function areDeclarations(text: Buffer): boolean {
  // latin1 keeps every byte one character.
  const characters = text.toString("latin1");
  DECLARATION.lastIndex = 0;
  while (DECLARATION.lastIndex < characters.length) if (!DECLARATION.test(characters)) return false;
  return true;
}
