import { stat } from "node:fs/promises";
import { UsageError } from "../../io/errors.ts";
import {
  checkVocabulary,
  loadModel,
  loadTokenizer,
  type ModelFiles,
  type Tokenizer,
} from "../../models/index.ts";

/**
 * A model with its tokenizer.
 * @param tokenizerPath where the model's folder has none, or the model is a single file
 */
export async function loadWithTokenizer(
  path: string,
  tokenizerPath: string | undefined,
): Promise<{ model: ModelFiles; tokenizer: Tokenizer }> {
  const model = await loadModel(path);
  if (tokenizerPath === undefined && (await stat(path)).isFile()) {
    throw new UsageError(`--model ${path} is a single file: name its tokenizer with --tokenizer`);
  }
  const tokenizer = await loadTokenizer(tokenizerPath ?? path);
  checkVocabulary(tokenizer, model.config, tokenizerPath ?? path);
  return { model, tokenizer };
}
