import { memberLogOdds, mutualInformation } from "../disagreement.ts";
import type { Member } from "../ensemble.ts";
import type { PlannedQuestion, PoolEntry } from "./question.ts";
import type { RoundRecord } from "./round-record.ts";

/**
 * What the answers to some questions were expected to tell, before they were given and now.
 * @param committee models that have learned from the answers; none where there were too few
 */
export async function roundInformation(
  questions: readonly PlannedQuestion[],
  pool: ReadonlyMap<string, PoolEntry>,
  committee: readonly Member[] | undefined,
  signal?: AbortSignal,
): Promise<Pick<RoundRecord["information"], "before" | "after">> {
  if (questions.length === 0) return {};
  const expected = questions.flatMap(({ information }) => information ?? []);
  const before = expected.length === questions.length && { before: mean(expected) };
  if (committee === undefined) return { ...before };
  const now: number[] = [];
  for (const { promptHash, a, b } of questions) {
    const { prompt, candidates } = pool.get(promptHash)!;
    const responses = [a, b].map((id) => candidates.find((candidate) => candidate.id === id)!.response);
    const [first, second] = await memberLogOdds(committee, prompt, responses, { ...(signal && { signal }) });
    now.push(mutualInformation(first!.map((z, m) => z - second![m]!)));
  }
  return { ...before, after: mean(now) };
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
