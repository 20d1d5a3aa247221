import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../io/errors.ts";
import { readRows } from "../../io/rows.ts";
import { comparisonSchema, readChecked } from "./run-file.ts";

const byValue = z.record(z.string(), z.number());

/** Of a row of `frontier.jsonl`, what the page draws: not the numbers of single prompts. */
const rowSchema = z.object({
  method: z.string(),
  setting: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("best-of-k"), k: z.number() }),
    z.object({ kind: z.literal("rl"), algorithm: z.string(), klWeight: z.number(), step: z.number() }),
  ]),
  seed: z.number(),
  kl: z.number(),
  allGood: z.number(),
  trueValues: byValue,
  proxy: byValue,
  trueWins: byValue,
});

export type FrontierPoint = z.output<typeof rowSchema>;

/** Rows and the comparison of a frontier; null while it is not finished. @throws InputError */
export async function readFrontierRun(folder: string) {
  const file = join(folder, "frontier.jsonl");
  const rows: FrontierPoint[] = [];
  // a frontier that has just begun: nothing is wrong with it
  const begun = (await stat(file)).size > 0;
  for await (const row of begun ? readRows(file) : []) {
    if ("error" in row) throw row.error;
    const parsed = rowSchema.safeParse(row.value);
    if (!parsed.success) {
      const field = parsed.error.issues[0]?.path.join(".") ?? "";
      throw new InputError({ problem: 'not a row of "allgood frontier"', file, line: row.line, field });
    }
    rows.push(parsed.data);
  }
  const comparison = await readChecked(join(folder, "comparison.json"), comparisonSchema).catch(
    (error: unknown) => {
      if (error instanceof InputError && error.message.includes("no such file")) return null;
      throw error;
    },
  );
  return { rows, comparison };
}
