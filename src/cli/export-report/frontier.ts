/**
 * A run of `frontier`, from its rows and settings; the comparison is made anew.
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import {
  compareFrontier,
  describeFrontier,
  FRONTIER_FILE,
  type FrontierSettings,
  readFrontier,
} from "../../frontier/index.ts";
import { InputError } from "../../io/errors.ts";
import { exists } from "../../io/exists.ts";
import { signedInterval, withInterval } from "../../report/format.ts";
import { frontierReport } from "../../report/index.ts";
import { readChecked } from "../../serve/studio/run-file.ts";
import { estimated, type Measure, of, type RunSummary } from "./summary.ts";

type Comparison = ReturnType<typeof compareFrontier>;
type Kind = Comparison["kinds"][number];
type Level = Kind["levels"][number];

const schema = z.looseObject({ settings: z.record(z.string(), z.unknown()) });

/** As `allgood frontier` compares. */
const SEED = 1;

export async function frontierSummary(folder: string): Promise<RunSummary> {
  const rows = await readFrontier(join(folder, FRONTIER_FILE));
  const { settings } = await readChecked(join(folder, "run.json"), schema).catch(async (error: unknown) => {
    throw (await exists(join(folder, "run.json"))) ? error : unfinished(folder);
  });
  const comparison = compareFrontier(rows, { seed: SEED });
  const { method, prompts, kinds } = comparison;
  const leftOut = kinds.flatMap(({ seedsLeftOut }) => seedsLeftOut);
  return {
    kind: "frontier",
    title: `${method} against other ways to combine rewards, at matched KL`,
    goal: null,
    facts: [
      ["prompts", String(prompts)],
      ...kinds.map(({ kind, seeds }) => [kind, `${seeds.length} seeds`] as const),
    ],
    measures: measuresOf(comparison),
    table: {
      header: ["at", `${method}: good in all`, "best raw sum", "difference", "hacking gap"],
      rows: kinds.flatMap((kind) => kind.levels.flatMap((level) => rowOf(method, kind, level))),
    },
    warnings: [
      ...describeFrontier(comparison)
        .split("\n")
        .map((line) => line.trim()),
      ...(leftOut.length === 0 ? [] : [`Seeds without all runs are left out: ${leftOut.join(", ")}.`]),
    ],
    html: () => frontierReport({ rows, settings: settings as unknown as FrontierSettings, comparison }),
  };
}

/** `run.json` is written last. */
function unfinished(folder: string): InputError {
  return new InputError({
    problem: "this frontier is not finished",
    file: folder,
    fix: 'Go on with it by "allgood frontier --resume"',
  });
}

function rowOf(method: string, kind: Kind, level: Level): string[][] {
  const own = standingOf(level, method);
  if (own === undefined) return [];
  const sum = level.bestRawSum === null ? undefined : standingOf(level, level.bestRawSum);
  const versus = level.differences.find(({ against }) => against === level.bestRawSum);
  const name = level.k === null ? `${kind.kind}, KL ${level.kl}` : `best of ${level.k}`;
  return [
    [
      name,
      withInterval(own.allGood),
      sum === undefined ? "–" : withInterval(sum.allGood),
      versus === undefined ? "–" : signedInterval(versus.allGood),
      signedInterval(own.gap),
    ],
  ];
}

const standingOf = ({ standings }: Level, method: string) => standings.find((each) => each.method === method);

/** Where the compared method and a raw sum were both measured: of each kind, and of the run as a whole. */
function measuresOf({ method, prompts, kinds }: Comparison): Measure[] {
  const ends = kinds.flatMap(({ kind, levels }) =>
    levels.flatMap((level) => (level.place === null ? [] : [{ kind, level }])),
  );
  // nothing is named: the highest KL of reinforcement learning, else of best-of-k
  const main = ends.toSorted((a, b) => rank(b) - rank(a)).at(0);
  return [
    ...(main === undefined ? [] : atLevel(method, main.level, [])),
    ...ends.flatMap(({ kind, level }) => atLevel(method, level, [kind, level.place ?? ""])),
    { name: "prompts", value: prompts, about: "prompts measured on" },
  ];
}

const rank = ({ kind, level }: { kind: Kind["kind"]; level: Level }): number =>
  (kind === "rl" ? 2 : 0) + (level.place === "low" ? 0 : 1);

function atLevel(method: string, level: Level, where: readonly string[]): Measure[] {
  const own = standingOf(level, method);
  if (own === undefined) return [];
  const named = (name: string, ...what: string[]) =>
    what.length + where.length === 0 ? name : of(name, ...what, ...where);
  const versus = level.differences.find(({ against }) => against === level.bestRawSum);
  return [
    estimated(named("good_in_all"), own.allGood, "share truly good in all values"),
    ...Object.entries(own.trueValues).map(([value, each]) =>
      estimated(named("true_value", value), each, "mean of the true value, 0…1"),
    ),
    estimated(
      named("hacking_gap"),
      own.gap,
      "wins by the learned rewards less wins by the truth, mean over values",
    ),
    ...(versus === undefined
      ? []
      : [
          estimated(
            named("gain_over_sum"),
            versus.allGood,
            "good_in_all less that of the best raw sum, paired",
          ),
        ]),
    { name: named("kl"), value: level.kl, about: "KL to the base, in nats a response" },
  ];
}
