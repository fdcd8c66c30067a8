import {
  parseMatplotlib,
  parsePytest,
  parsePytestOptions,
  parsePytestV2,
  type ParserVersion,
  parseSeaborn,
  type StatusMap,
} from "./pytest-log.ts";
import { withoutTimings } from "./drop-timing.ts";
import { parseJunit } from "./junit-log.ts";
import { parseR2e } from "./r2e-log.ts";
import { parseDjango, parseSympy } from "./unittest-log.ts";

export type LogParser = (log: string, version: ParserVersion) => StatusMap;

/**
 * The parser for a name as dataset rows give it, with or without `parse_log_`: the seven functions behind SWE-bench's
 * twenty Python names, which are also SWE-rebench's, R2E-Gym's own, and pytest's JUnit report. null for a name that is
 * not known.
 */
export function findLogParser(name: string): LogParser | null {
  if (name.endsWith(REBENCH_V2)) {
    const parse = findLogParser(name.slice(0, -REBENCH_V2.length));
    return parse === null ? null : (log, version) => withoutTimings(parse(log, version));
  }
  const short = name.replace(/^parse_log_/, "").replace(/@v[45]$/, "");
  if (short === "r2e") return parseR2e;
  if (short === "junit") return parseJunit;
  if (/^(?:pytest|astroid|flask|marshmallow|pvlib|pyvista|sqlfluff|xarray)$/.test(short))
    return (log, version) => parsePytest(log, version);
  if (/^(?:pytest_options|pydicom|requests|pylint)$/.test(short)) return parsePytestOptions;
  if (/^(?:pytest_v2|astropy|scikit|sphinx)$/.test(short)) return parsePytestV2;
  if (short === "matplotlib") return parseMatplotlib;
  if (short === "seaborn") return parseSeaborn;
  if (short === "django") return parseDjango;
  return short === "sympy" ? parseSympy : null;
}

/** Prefix of parsers that are a dataset's own code, which a command of the person's runs. */
export const EXTERNAL_PARSER = "external:";

/** SWE-rebench-V2 reads as version 4 does, and compares names without the times in them. */
const REBENCH_V2 = "@rebench-v2";

/** `NAME@v4` asks for version 4's behaviour, by which some datasets made their lists; version 5 otherwise. */
export function readParserVersion(name: string): ParserVersion {
  return name.endsWith("@v4") || name.endsWith(REBENCH_V2) ? "v4" : "v5";
}
