import { createRandom } from "../random.ts";

/** Names of drill functions are a verb and a noun; every word is seen in training, held-out pairs are not. */
const VERBS =
  "scale add move cut fill load read send rate cost pack sort join keep mark pick plan push rank roll sell ship size trim".split(
    " ",
  );
const NOUNS =
  "price item stock order page user tax fee game team seat road tree lamp book desk door ring song boat coat fish milk rope".split(
    " ",
  );
export const FILE_STEMS = "shop bank farm home club port mill yard tool core unit util base main data work".split(" ");

export type DrillSplit = "train" | "dev" | "test";

/** The split that a text (a name pair, a contract) belongs to, by its hash: 5 parts train, 1 dev, 2 test. */
export function splitOf(text: string): DrillSplit {
  const part = createRandom(`drill/${text}`).integer(8);
  if (part >= 6) return "test";
  return part === 5 ? "dev" : "train";
}

/** All function names of one split, in a fixed order. */
export function namesOf(split: DrillSplit): string[] {
  return VERBS.flatMap((verb) => NOUNS.map((noun) => `${verb}_${noun}`)).filter((name) => splitOf(name) === split);
}
