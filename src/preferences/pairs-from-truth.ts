import type { CandidateSetDraft, LeftOut, PairDraft } from "./reader.ts";

/** Every two candidates that differ in a rating make a pair for that value; equal ratings are ties. */
export function pairsFromTruth({ prompt, candidates }: CandidateSetDraft): (PairDraft | LeftOut)[] {
  const drafts: (PairDraft | LeftOut)[] = [];
  candidates.forEach((first, i) => {
    for (const second of candidates.slice(i + 1)) {
      for (const [value, rating] of Object.entries(first.truth ?? {})) {
        const other = second.truth?.[value];
        if (other === undefined) continue;
        if (other === rating) {
          drafts.push({ leftOut: "a tie", value });
          continue;
        }
        const [chosen, rejected] = rating > other ? [first, second] : [second, first];
        drafts.push({ prompt, chosen: chosen.response, rejected: rejected.response, value });
      }
    }
  });
  return drafts;
}
