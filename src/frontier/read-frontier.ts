import { z } from "zod";
import { InputError } from "../io/errors.ts";
import { readRows } from "../io/rows.ts";
import type { FrontierRow } from "./types.ts";

const byValue = z.record(z.string(), z.number());
const columns = z.record(z.string(), z.array(z.number()));
const five = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]);

const schema = z.object({
  method: z.string().min(1),
  setting: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("best-of-k"), k: z.int().min(1) }),
    z.object({
      kind: z.literal("rl"),
      algorithm: z.string(),
      klWeight: z.number().min(0),
      step: z.int().min(1),
    }),
  ]),
  seed: z.int(),
  kl: z.number(),
  allGood: z.number().min(0).max(1),
  trueValues: byValue,
  proxy: byValue,
  trueWins: byValue,
  probes: byValue,
  distributions: z.record(z.string(), z.object({ truth: five, z: five })),
  byPrompt: z.array(z.number()),
  trueByPrompt: columns,
  probesByPrompt: columns,
  gapByPrompt: z.array(z.number()),
}) satisfies z.ZodType<FrontierRow>;

/**
 * The rows of a frontier's file.
 * @throws InputError naming file, line and field where it does not hold what a frontier writes
 */
export async function readFrontier(file: string): Promise<FrontierRow[]> {
  const rows: FrontierRow[] = [];
  for await (const row of readRows(file)) {
    if ("error" in row) throw row.error;
    const { line, value } = row;
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw new InputError({
        problem: `not a row of a frontier: ${message}`,
        file,
        line,
        field: path.join("."),
        fix: "Make the frontier again in another folder",
      });
    }
    rows.push(parsed.data);
  }
  return rows;
}
