import {
  parseMatplotlib,
  parsePytest,
  parsePytestOptions,
  parsePytestV2,
  type ParserVersion,
  parseSeaborn,
  type StatusMap,
} from "./pytest-log.ts";
import { parseDjango, parseSympy } from "./unittest-log.ts";

export type LogParser = (log: string, version: ParserVersion) => StatusMap;

/**
 * The parser for a name as dataset rows give it, with or without `parse_log_`: the seven functions behind SWE-bench's
 * twenty Python names, which are also SWE-rebench's. null for a name that is not known.
 */
export function findLogParser(name: string): LogParser | null {
  const short = name.replace(/^parse_log_/, "").replace(/@v[45]$/, "");
  if (/^(?:pytest|astroid|flask|marshmallow|pvlib|pyvista|sqlfluff|xarray)$/.test(short))
    return (log, version) => parsePytest(log, version);
  if (/^(?:pytest_options|pydicom|requests|pylint)$/.test(short)) return parsePytestOptions;
  if (/^(?:pytest_v2|astropy|scikit|sphinx)$/.test(short)) return parsePytestV2;
  if (short === "matplotlib") return parseMatplotlib;
  if (short === "seaborn") return parseSeaborn;
  if (short === "django") return parseDjango;
  return short === "sympy" ? parseSympy : null;
}

/** `NAME@v4` asks for version 4's behaviour, by which some datasets made their lists; version 5 otherwise. */
export function readParserVersion(name: string): ParserVersion {
  return name.endsWith("@v4") ? "v4" : "v5";
}
