/** What is compared: responses from a file, or sampled from the policy once and kept. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "../../io/exists.ts";
import { openJournal } from "../../io/journal.ts";
import { writeFileAtomic } from "../../io/write.ts";
import { LocalPolicy, type PromptFormat } from "../../policies/index.ts";
import { type CandidateSet, readCandidates, readPrompts } from "../../preferences/index.ts";
import type { Context } from "../command.ts";
import { loadWithTokenizer } from "../lm/load.ts";
import { type SessionFlags, sessionOptions } from "../session-options.ts";

export type SamplingOptions = SessionFlags & {
  policy: string;
  tokenizer?: string;
  prompts: string[];
  samples: number;
  maxNewTokens: number;
  temperature: number;
  format: PromptFormat;
  seed: number;
};

/** @throws InputError where a file can't be read or holds something else */
export async function responsesFrom(files: readonly string[], { signal }: Context): Promise<CandidateSet[]> {
  return (await readCandidates(files, { signal })).sets;
}

/** Prompts sampled at a time: what a kill loses. */
const CHUNK = 16;

/**
 * Samples of the policy at each prompt, in `candidates.jsonl` of the folder. They are made once: a collection that goes
 * on compares the same responses.
 */
export async function sampledResponses(
  folder: string,
  identity: string,
  options: SamplingOptions,
  context: Context,
): Promise<CandidateSet[]> {
  const path = join(folder, "candidates.jsonl");
  const there = await exists(path);
  if (!there) await sample(path, identity, options, context);
  return responsesFrom([path], context);
}

async function sample(
  path: string,
  identity: string,
  options: SamplingOptions,
  { signal, progress }: Context,
): Promise<void> {
  const { prompts } = await readPrompts(options.prompts, { signal });
  const { model, tokenizer } = await loadWithTokenizer(options.policy, options.tokenizer);
  const { samples: n, maxNewTokens, temperature, format, seed } = options;
  const policy = new LocalPolicy(model, tokenizer, { format, ...sessionOptions(options) });
  const journal = await openJournal(`${path}.partial`, identity, { done: 0 });
  try {
    for (let start = journal.state.done; start < prompts.length; start = journal.state.done) {
      progress.show(`sampling responses, prompt ${start + 1} of ${prompts.length}`);
      const chunk = prompts.slice(start, start + CHUNK);
      const groups = await policy.sample(
        chunk.map(({ prompt }) => prompt),
        // the place of a chunk stands far from the seeds that people take
        { n, maxNewTokens, temperature, seed: seed + 0x10000 * (start / CHUNK), signal },
      );
      const rows = chunk.map(({ prompt, promptHash }, p) => {
        const candidates = groups[p]!.map(({ text }, k) => ({
          id: `${promptHash}.${k + 1}`,
          response: text,
        }));
        return `${JSON.stringify({ prompt, candidates })}\n`;
      });
      await journal.append(rows.join(""), { done: start + chunk.length });
    }
    signal.throwIfAborted();
    await writeFileAtomic(path, await readFile(journal.file));
    await journal.remove();
  } catch (error) {
    await journal.close();
    throw error;
  } finally {
    await policy.dispose();
  }
}
