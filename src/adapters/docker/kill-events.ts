import { z } from "zod";

const eventSchema = z.object({ Actor: z.object({ Attributes: z.record(z.string(), z.string()) }) });
/** One event a line: an answer of one is JSON, of none or several it is text. */
export const eventsSchema = z.union([
  eventSchema.transform((event) => [event]),
  z.instanceof(Buffer).transform((lines, context) => {
    try {
      const texts = lines.toString("utf8").split("\n");
      return texts.filter((text) => text !== "").map((text) => eventSchema.parse(JSON.parse(text)));
    } catch {
      context.addIssue("expected an event a line");
      return z.NEVER;
    }
  }),
]);

/** Signals that end process 1, as engines write them. */
const ENDING = new Set(["9", "SIGKILL", "KILL"]);
/** Before a container's end and after it, in seconds. */
const BEFORE = 60;
const AFTER = 1;

/** The address of the `kill` events of a container that ended at a time of the engine's clock. */
export function killEventsPath(id: string, finishedAt: string): string {
  const seconds = Date.parse(finishedAt) / 1_000;
  const filters = JSON.stringify({ container: [id], event: ["kill"] });
  const span = { since: (seconds - BEFORE).toFixed(3), until: (seconds + AFTER).toFixed(3) };
  return `/events?${new URLSearchParams({ ...span, filters })}`;
}

/** Whether one of these events ended its container: somebody had the engine kill it. */
export function hasEndingSignal(events: z.infer<typeof eventsSchema>): boolean {
  return events.some(({ Actor }) => ENDING.has(Actor.Attributes["signal"] ?? ""));
}
