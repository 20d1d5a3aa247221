import { DEFAULT_PATTERNS, type ProbePattern } from "../../evaluate/index.ts";
import { UsageError } from "../../io/errors.ts";

/** The default probes and those given as `name=regex`. */
export function patterns(given: readonly string[]): ProbePattern[] {
  const own = given.map((text): ProbePattern => {
    const [, name, pattern] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || pattern === undefined) {
      throw new UsageError(
        `--pattern takes name=regex, such as "see a doctor=see (a|your) doctor"; found "${text}"`,
      );
    }
    return { name: name.trim(), kind: "phrase", pattern };
  });
  return [...DEFAULT_PATTERNS, ...own];
}
