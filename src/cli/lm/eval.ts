import { type Command, Option } from "commander";
import { type Documents, openScorer, type TokenScorer, tokenise } from "../../models/index.ts";
import { action, type Context, type Outcome } from "../command.ts";
import { level, positiveWholeNumber, wholeNumber } from "../options.ts";
import { providerOption, type SessionFlags, sessionOptions, threadsOption } from "../session-options.ts";
import { loadWithTokenizer } from "./load.ts";
import { readTexts, type SourceText } from "./texts.ts";

type Options = SessionFlags & {
  model: string;
  tokenizer?: string;
  data: string[];
  part: "all" | "held-out";
  learn: "all" | "response";
  heldOut: number;
  seed: number;
  maxTokens?: number;
  skipBad?: boolean;
};

type Result = {
  /** Mean of −log p(token | tokens before it), in nats. */
  loss: number;
  perplexity: number;
  /** Tokens that were predicted. */
  tokens: number;
  texts: number;
};

/** `allgood lm eval`. */
export function registerLmEval(lm: Command, report: (outcome: Outcome) => void): void {
  lm.command("eval")
    .description("measure how well a model predicts text: loss and perplexity per token")
    .requiredOption("--model <path>", "a folder in Hugging Face layout, or a checkpoint of llama2.c")
    .requiredOption("--data <file...>", 'text, in any format that "lm train" reads')
    .option("--tokenizer <path>", "where the model has none beside it: tokenizer.json, or llama2.c's .bin")
    .addOption(
      new Option("--part <name>", 'held-out: what "lm train" kept, with the same --seed and --held-out')
        .choices(["all", "held-out"])
        .default("all"),
    )
    .addOption(new Option("--learn <part>", "of a dialogue").choices(["all", "response"]).default("all"))
    .option("--held-out <share>", "of texts that are no preferences", level, 0.05)
    .option("--seed <n>", "of the held-out part", wholeNumber, 1)
    .option("--max-tokens <n>", "stop after about as many tokens", positiveWholeNumber)
    .addOption(threadsOption())
    .addOption(providerOption())
    .option("--skip-bad", "leave bad rows out, instead of stopping at the first")
    .addHelpText("after", "\nExample:\n  allgood lm eval --model runs/stories --data more-stories.txt")
    .action(
      action<Options>(report, async (_, options, context) => {
        const result = await evaluate(options, context);
        return { json: result, text: describe(result) };
      }),
    );
}

async function evaluate(options: Options, context: Context): Promise<Result> {
  const { model, tokenizer } = await loadWithTokenizer(options.model, options.tokenizer);
  const documents = await tokenise(texts(options, context.signal), tokenizer, { signal: context.signal });
  const scorer = openScorer(model, sessionOptions(options));
  try {
    return await measure(scorer, documents, options.maxTokens ?? Number.POSITIVE_INFINITY, context);
  } finally {
    await scorer.dispose();
  }
}

async function* texts(options: Options, signal: AbortSignal): AsyncGenerator<SourceText> {
  const { data, part, seed, heldOut, learn, skipBad } = options;
  for (const file of data) {
    for await (const text of readTexts(file, {
      seed,
      heldOut,
      learn,
      sides: "chosen",
      signal,
      ...(skipBad && { skipBad }),
    })) {
      if (part === "all" || text.heldOut) yield text;
    }
  }
}

/** A piece of a document, and for each of its tokens whether it counts. */
type Window = { ids: number[]; counts: Uint8Array };

const WINDOWS_AT_ONCE = 64;

async function measure(
  scorer: TokenScorer,
  documents: Documents,
  maxTokens: number,
  { progress, signal }: Context,
): Promise<Result> {
  const result = { tokens: 0, texts: 0, sum: 0 };
  let waiting: Window[] = [];
  const score = async () => {
    const found = await scorer.logProbs(
      waiting.map(({ ids }) => ids),
      { signal },
    );
    for (const [i, { counts }] of waiting.entries()) {
      for (const [t, logProb] of found[i]!.entries()) {
        // the first token of a window is only read
        if (counts[t + 1] === 0) continue;
        result.sum += logProb;
        result.tokens += 1;
      }
    }
    waiting = [];
    progress.show(`${result.tokens.toLocaleString("en")} tokens`);
  };
  for (let i = 0; i + 1 < documents.starts.length && result.tokens < maxTokens; i++) {
    waiting.push(...windows(documents, i, scorer.config.context));
    result.texts += 1;
    if (waiting.length >= WINDOWS_AT_ONCE) await score();
  }
  if (waiting.length > 0) await score();
  const loss = -result.sum / result.tokens;
  return { loss, perplexity: Math.exp(loss), tokens: result.tokens, texts: result.texts };
}

/** A document in pieces that fit the context; each begins with the last token of the one before it. */
function* windows({ tokens, learned, starts }: Documents, index: number, context: number): Generator<Window> {
  const end = starts[index + 1]!;
  for (let at = starts[index]!; at + 1 < end; at += context - 1) {
    const to = Math.min(at + context, end);
    yield { ids: [...tokens.subarray(at, to)], counts: learned.subarray(at, to) };
  }
}

const describe = ({ loss, perplexity, tokens, texts }: Result): string =>
  [
    `loss        ${loss.toFixed(4)} nats a token`,
    `perplexity  ${perplexity.toFixed(2)}`,
    `tokens      ${tokens.toLocaleString("en")} in ${texts.toLocaleString("en")} texts`,
  ].join("\n");
