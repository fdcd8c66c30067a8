import { isMap, isScalar, LineCounter, parseDocument, visit, type Document, type Node } from "yaml";

/** One source of configuration: a file, or one --set. Later layers win; maps merge, everything else is replaced. */
export interface ConfigLayer {
  /** File path as given, or the --set argument. */
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /**
   * `file:line:col` (or the --set argument) of the value at a path, of the key itself when `atKey`; null when the
   * layer does not set it.
   */
  locate(path: readonly PropertyKey[], atKey: boolean): string | null;
}

/** Problems of the text itself, already located; they hide all others of the layer. */
export interface LayerProblem {
  readonly where: string;
  readonly message: string;
}

/** Reads the text of a YAML file into a layer, or says what is wrong with it. */
export function parseYamlLayer(name: string, text: string): ConfigLayer | LayerProblem[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return document.errors.map((error) => ({ where: at(error.pos[0]), message: firstLine(error.message) }));
  }
  const prototype = findPrototypeKey(document);
  if (prototype !== null) return [{ where: at(prototype), message: "__proto__: expected a known key" }];
  const values = toPlain(document);
  if (values instanceof Error) return [{ where: `${name}:1:1`, message: firstLine(values.message) }];
  if (values === null) return { name, values: {}, locate: () => null };
  if (!isRecord(values)) return [{ where: `${name}:1:1`, message: "expected a map of sections at the top" }];
  return {
    name,
    values,
    locate: (path, atKey) => {
      const offset = findOffset(document, path, atKey);
      return offset === null ? null : at(offset);
    },
  };
}

/** Reads `key.path=value`, the value as YAML, into a layer. */
export function parseSetLayer(argument: string): ConfigLayer | LayerProblem[] {
  const where = `--set ${argument}`;
  const equals = argument.indexOf("=");
  const path = argument.slice(0, equals).trim().split(".");
  if (equals < 1 || path.some((part) => !/^[A-Za-z0-9_-]+$/.test(part))) {
    return [{ where, message: "expected key.path=value, for example train.learning_rate=1e-6" }];
  }
  const document = parseDocument(argument.slice(equals + 1), { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) return [{ where, message: `the value is not YAML: ${firstLine(error.message)}` }];
  if (path.includes("__proto__") || findPrototypeKey(document) !== null) {
    return [{ where, message: "__proto__: expected a known key" }];
  }
  const value: unknown = toPlain(document);
  if (value instanceof Error) return [{ where, message: firstLine(value.message) }];
  const values = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
  return {
    name: where,
    values,
    locate: (wanted) => (wanted.every((key, index) => index >= path.length || key === path[index]) ? where : null),
  };
}

/** Maps merge key by key; lists, texts and numbers are replaced whole. */
export function mergeValues(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = Object.hasOwn(base, key) ? mergeValues(base[key], value) : value;
  }
  return merged;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Where a key would change a prototype instead of a setting, or null. */
function findPrototypeKey(document: Document): number | null {
  let offset: number | null = null;
  visit(document, {
    Pair: (_, pair) => {
      if (isScalar(pair.key) && pair.key.value === "__proto__") offset ??= pair.key.range?.[0] ?? 0;
    },
  });
  return offset;
}

/** The plain value, or the error of an alias bomb. */
function toPlain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 }) as unknown;
  } catch (error) {
    return error as Error;
  }
}

function findOffset(document: Document, path: readonly PropertyKey[], atKey: boolean): number | null {
  const last = path.at(-1);
  if (atKey && last !== undefined) {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return null;
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last));
    return (pair?.key as Node | undefined)?.range?.[0] ?? null;
  }
  const node = document.getIn(path, true) as Node | undefined;
  return node?.range?.[0] ?? null;
}

function firstLine(message: string): string {
  return message.split("\n")[0] as string;
}
