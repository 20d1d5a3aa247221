import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../io/errors.ts";
import { exists } from "../io/exists.ts";
import { systemFault } from "../io/system-fault.ts";
import { loadHfTokenizer } from "./hf-tokenizer.ts";
import { loadLlama2cTokenizer } from "./llama2c-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * Loads `tokenizer.json` (with `tokenizer_config.json`, `special_tokens_map.json` and `chat_template.jinja` where they
 * stand beside it) or the binary tokenizer of llama2.c.
 * @param path a model folder, or the file itself: `.json`, or `.bin` for llama2.c's
 * @throws InputError: missing, damaged, of a kind that we do not read
 */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  if (!(await isFolder(path))) {
    return path.endsWith(".json") ? loadHfTokenizer(path) : loadLlama2cTokenizer(path);
  }
  for (const [name, load] of [
    ["tokenizer.json", loadHfTokenizer],
    ["tokenizer.bin", loadLlama2cTokenizer],
  ] as const) {
    const file = join(path, name);
    if (await exists(file)) return load(file);
  }
  throw new InputError({
    problem: "no tokenizer in this folder",
    file: path,
    expected: "tokenizer.json, or tokenizer.bin for a llama2.c model",
    fix: "Other formats (tokenizer.model, vocab.json with merges.txt) must be saved as tokenizer.json first",
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw systemFault(error, path, "read");
  }
}
