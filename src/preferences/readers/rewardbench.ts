import { z } from "zod";
import { id, listOf, optional, prompt } from "../fields.ts";
import { parseRow, type Reader } from "../reader.ts";
import { trlExplicit } from "./trl.ts";

/** RewardBench 1: explicit pairs with the subset they belong to. */
export const rewardbench: Reader = {
  ...trlExplicit,
  name: "rewardbench",
  about: "prompt, chosen, rejected, subset (RewardBench)",
  columns: ["prompt", "chosen", "rejected", "subset", "id", "chosen_model", "rejected_model"],
  matches: (row) => trlExplicit.matches(row) && "subset" in row && !("value" in row),
};

const texts = listOf(z.string()).refine((list) => list.length > 0, "a list with at least one response");
const schema = z.object({ prompt, chosen: texts, rejected: texts, id, subset: optional(z.string()) });

/** RewardBench 2: lists of right and wrong responses; each right one with each wrong one makes a pair. */
export const rewardbench2: Reader = {
  name: "rewardbench2",
  about: "prompt, lists of chosen and rejected responses, subset (RewardBench 2)",
  columns: [
    "prompt",
    "chosen",
    "rejected",
    "subset",
    "id",
    "num_correct",
    "num_incorrect",
    "total_completions",
  ],
  matches: (row) => trlExplicit.matches(row) && (isTextList(row.chosen) || "num_correct" in row),
  pairs(row, place) {
    const { chosen, rejected, ...rest } = parseRow(schema, row, place);
    return chosen.flatMap((right) => rejected.map((wrong) => ({ ...rest, chosen: right, rejected: wrong })));
  },
};

const isTextList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === "string");
