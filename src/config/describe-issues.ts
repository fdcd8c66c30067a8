import { z } from "zod";

import { type ConfigLayer, isRecord } from "./config-layer.ts";
import { findNearestName } from "./nearest-name.ts";

/** One thing wrong with a config value, before it has a place in a file. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  /** What was expected, and the nearest known name when there is one. */
  readonly message: string;
  /** Points at the key and leaves the value out. */
  readonly atKey: boolean;
}

const SHOWN_VALUE_CHARS = 80;

/** Zod's issues in our words, one for each unknown key. */
export function readZodIssues(error: z.ZodError, schema: z.ZodType, values: unknown): ConfigIssue[] {
  return error.issues.flatMap((issue): ConfigIssue[] => {
    if (issue.code === "unrecognized_keys") {
      const known = knownKeys(schema, issue.path);
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: `expected ${known.length === 0 ? "no key here" : "a known key"}${suggest(key, known) || listNames(known)}`,
        atKey: true,
      }));
    }
    return [{ path: issue.path, message: explain(issue, valueAt(values, issue.path)), atKey: false }];
  });
}

/** `where key: what was expected (got VALUE)`, with the place in the layer that set the value last. */
export function renderIssue(issue: ConfigIssue, layers: readonly ConfigLayer[], values: unknown): string {
  const key = issue.path.map(String).join(".");
  const got = issue.atKey ? "" : ` (got ${showValue(valueAt(values, issue.path))})`;
  const [expected, hint] = splitHint(issue.message);
  return `${locate(issue, layers)} ${key}: ${expected}${got}${hint}`;
}

function locate(issue: ConfigIssue, layers: readonly ConfigLayer[]): string {
  for (let length = issue.path.length; length > 0; length -= 1) {
    const path = issue.path.slice(0, length);
    for (const layer of layers.toReversed()) {
      const place = layer.locate(path, issue.atKey && length === issue.path.length);
      if (place !== null) return place;
    }
  }
  return layers.at(-1)?.name ?? "defaults";
}

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_value": {
      const options = issue.values.map(String);
      return `expected ${options.length === 1 ? "" : "one of "}${options.join(", ")}${typeof value === "string" ? suggest(value, options) : ""}`;
    }
    case "invalid_union":
      return "expected a text or {file: PATH}";
    case "invalid_format":
      return issue.format === "url" ? "expected a URL, for example http://127.0.0.1:8000/v1" : issue.message;
    case "invalid_type":
      return `expected ${issue.expected === "int" ? "a whole number" : withArticle(issue.expected)}`;
    default:
      return issue.message.replace(/^[A-Z][a-z ]*: (?=expected)/, "");
  }
}

function withArticle(type: string): string {
  const names: Readonly<Record<string, string>> = {
    string: "a text",
    object: "a map",
    array: "a list",
    boolean: "true or false",
  };
  return names[type] ?? `a ${type}`;
}

function suggest(name: string, known: readonly string[]): string {
  const nearest = findNearestName(name, known);
  return nearest === null ? "" : `; did you mean ${nearest}?`;
}

function listNames(known: readonly string[]): string {
  return known.length === 0 ? "" : `: ${known.join(", ")}`;
}

function splitHint(message: string): [string, string] {
  const cut = message.indexOf("; did you mean");
  return cut === -1 ? [message, ""] : [message.slice(0, cut), message.slice(cut)];
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current = unwrap(schema);
  for (const key of path) {
    if (!(current instanceof z.ZodObject)) return [];
    const inner = current.shape[String(key)] as z.ZodType | undefined;
    if (inner === undefined) return [];
    current = unwrap(inner);
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;
}

export function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)] as unknown;
    return isRecord(inner) && Object.hasOwn(inner, key) ? inner[String(key)] : undefined;
  }, values);
}

function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_VALUE_CHARS ? `${text.slice(0, SHOWN_VALUE_CHARS)}…` : text;
}
