import { type CandidateSet, type Message, promptHash } from "../../preferences/index.ts";
import { createRandom } from "../../stats/random.ts";
import type { Judgement, Question } from "./question.ts";

const FILLER = "river stone paper window garden copper winter signal market bridge".split(" ");
const TONES = ["kindly", "grumpy", "plainly"];

/** Prompts with k responses, each in one of three tones. */
export function makeSets(prompts: number, k = 4, seed = 1): CandidateSet[] {
  const random = createRandom(seed);
  const filler = (words: number) =>
    Array.from({ length: words }, () => FILLER[random.below(FILLER.length)]!).join(" ");
  return Array.from({ length: prompts }, (_, i) => {
    const prompt: Message[] = [{ role: "user", content: `question ${i} about ${filler(2)}` }];
    const candidates = Array.from({ length: k }, (_, j) => ({
      id: String(j + 1),
      response: `${filler(3 + random.below(8))} ${TONES[j % TONES.length]} ${filler(2)}`,
    }));
    return { promptHash: promptHash(prompt), prompt, candidates, source: `made:${i + 1}` };
  });
}

/** Likes kindly best and grumpy least; equal tones are a tie. */
export function judgeTone({ responseA, responseB }: Question): Judgement {
  const worth = (text: string) => (text.includes("kindly") ? 2 : text.includes("grumpy") ? 0 : 1);
  const lead = worth(responseA) - worth(responseB);
  return lead === 0 ? "tie" : lead > 0 ? "a" : "b";
}
