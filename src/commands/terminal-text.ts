/** A place to write text to; NodeJS.WritableStream is one. */
export interface TextSink {
  write(text: string): unknown;
}

/** Control characters but newline and tab, and those that turn the direction of writing. */
const CONTROLS = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text that cannot steer a terminal: names of images, tasks and tests come from strangers. A control character is
 * written as JSON writes it, so that what is JSON stays the same JSON.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, escapeCharacter);
}

/** The same for a name, which is one line. */
export function escapeName(name: string): string {
  return escapeControls(name).replace(/[\n\t]/g, escapeCharacter);
}

/** A sink that escapes whatever is written to it. */
export function escapeInto(sink: TextSink): TextSink {
  return { write: (text) => sink.write(escapeControls(text)) };
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
