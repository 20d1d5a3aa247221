/** Files of text for language models: plain text, rows with a `text`, prompts with completions, preference pairs. */
import { firstBytes, readBytes } from "../../io/bytes.ts";
import { InputError, show } from "../../io/errors.ts";
import { isGzip } from "../../io/row-source.ts";
import { readRows } from "../../io/rows.ts";
import { isHeldOut, type TrainingText } from "../../models/index.ts";
import { half, promptHash, readPairs, split } from "../../preferences/index.ts";

export type SourceText = TrainingText & {
  /** Kept from training. */
  heldOut: boolean;
  /** Of a preference pair: the hash of its prompt. */
  promptHash?: string;
};

export type TextOptions = {
  /** Of the cut between training and held-out texts. */
  seed: number;
  /** Share of plain texts that is held out; of preferences it is the test part that reward models leave alone too. */
  heldOut: number;
  learn: "all" | "response";
  /** Of preferences, the responses that are read. */
  sides: "chosen" | "both";
  skipBad?: boolean;
  signal: AbortSignal;
};

/**
 * The texts of a file, streamed. Of preference pairs, the prompt with the chosen response, and with the rejected one too
 * where both sides are asked for.
 * @throws InputError where the file can't be read or a row does not hold what the first one does
 */
export async function* readTexts(file: string, options: TextOptions): AsyncGenerator<SourceText> {
  const kind = await kindOf(file);
  if (kind === "plain") yield* plainTexts(file, options);
  else if (kind === "preferences") yield* preferenceTexts(file, options);
  else yield* rowTexts(file, kind, options);
}

type RowKind = "text" | "completion";

const isText = (row: unknown, field: string): boolean =>
  typeof row === "object" && row !== null && typeof (row as Record<string, unknown>)[field] === "string";

async function kindOf(file: string): Promise<"plain" | "preferences" | RowKind> {
  if (/\.(txt|text|md)(\.gz)?$/i.test(file)) return "plain";
  for await (const row of readRows(file)) {
    if ("error" in row) continue;
    if (isText(row.value, "text")) return "text";
    return isText(row.value, "prompt") && isText(row.value, "completion") ? "completion" : "preferences";
  }
  return "preferences";
}

/** Long enough to learn from, short enough that a held-out share can be met. */
const PIECE = 2000;

/** Cut at blank lines into pieces of at least PIECE characters, each of which goes on in the next. */
async function* plainTexts(file: string, { seed, heldOut, signal }: TextOptions): AsyncGenerator<SourceText> {
  const gzip = isGzip(await firstBytes(file, 2));
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let held = "";
  const piece = (text: string, continues: boolean): SourceText => ({
    text,
    continues,
    heldOut: isHeldOut(text, seed, heldOut),
  });
  try {
    for await (const chunk of readBytes(file, gzip, signal)) {
      held += decoder.decode(chunk, { stream: true });
      for (let end = held.indexOf("\n\n", PIECE); end !== -1; end = held.indexOf("\n\n", PIECE)) {
        yield piece(held.slice(0, end + 2), true);
        held = held.slice(end + 2);
      }
    }
    held += decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const fix = "Convert the file to UTF-8 (iconv -f … -t utf-8)";
    throw new InputError({ problem: "not valid UTF-8", file, fix }, { cause: error });
  }
  if (held.trim() !== "") yield piece(held, false);
}

async function* rowTexts(
  file: string,
  kind: RowKind,
  { seed, heldOut, learn, skipBad, signal }: TextOptions,
): AsyncGenerator<SourceText> {
  const fields = kind === "text" ? ["text"] : ["prompt", "completion"];
  for await (const row of readRows(file, { signal })) {
    const missing = "error" in row ? undefined : fields.find((field) => !isText(row.value, field));
    if ("error" in row || missing !== undefined) {
      if (skipBad) continue;
      if ("error" in row) throw row.error;
      throw new InputError({
        problem: "this row has no text there",
        file,
        line: row.line,
        field: missing!,
        found: show((row.value as Record<string, unknown> | null)?.[missing!]),
        fix: "Correct it, or leave bad rows out with --skip-bad",
      });
    }
    const { text, prompt, completion } = row.value as Record<string, string>;
    yield kind === "text"
      ? { text: text!, heldOut: isHeldOut(text!, seed, heldOut) }
      : {
          prompt: [{ role: "user", content: prompt! }],
          response: completion!,
          learn,
          heldOut: isHeldOut(prompt!, seed, heldOut),
        };
  }
}

async function* preferenceTexts(
  file: string,
  { seed, learn, sides, skipBad, signal }: TextOptions,
): AsyncGenerator<SourceText> {
  const { pairs } = await readPairs([file], { signal, ...(skipBad && { skipBad: true }) });
  for (const { prompt, chosen, rejected } of pairs) {
    const hash = promptHash(prompt);
    const shared = { prompt, learn, promptHash: hash, heldOut: split(hash, seed) === "test" };
    if (sides === "chosen") yield { ...shared, response: chosen };
    else {
      // documents see the one before them: always the chosen first, and the order would tell which it is
      const order = half(hash, seed) === 1 ? [chosen, rejected] : [rejected, chosen];
      for (const response of order) yield { ...shared, response };
    }
  }
}
