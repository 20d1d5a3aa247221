import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { InputError } from "../io/errors.ts";
import { writeJsonAtomic } from "../io/write.ts";
import { orMissing } from "./byte-source.ts";
import { describe, parseWith, readJsonFile } from "./json-file.ts";
import { noTensor, openSafetensors, type TensorFile } from "./safetensors.ts";
import type { TensorInfo } from "./safetensors-header.ts";
import { type OutTensor, type WriteDtype, writeSafetensors } from "./safetensors-writer.ts";

const singleName = "model.safetensors";
const indexName = "model.safetensors.index.json";

const indexSchema = z.object(
  {
    weight_map: z.record(z.string(), z.string("a shard is not named by text"), {
      error: "weight_map is not an object from tensor names to files",
    }),
  },
  { error: "the index is not an object" },
);

/**
 * Opens the weights of a model folder: `model.safetensors`, or the shards that `model.safetensors.index.json` names.
 * Where both are there the single file counts, as in the transformers library.
 * @throws InputError: neither is there, a shard is missing or damaged, a tensor is not in the shard that the index says
 */
export async function openWeights(folder: string): Promise<TensorFile> {
  const single = await orMissing(openSafetensors(join(folder, singleName)));
  if (single !== undefined) return single;
  const index = join(folder, indexName);
  const found = await orMissing(readJsonFile(index));
  if (found === undefined) {
    throw new InputError({
      problem: "no weights in this folder",
      file: folder,
      expected: `${singleName} or ${indexName}`,
      fix: "Weights in other formats (pytorch_model.bin, GGUF) must be converted to safetensors first",
    });
  }
  return openShards(index, parseIndex(index, found));
}

/** From tensor names to file names. */
export function parseIndex(index: string, value: unknown): ReadonlyMap<string, string> {
  const { weight_map } = parseWith(indexSchema, value, index);
  const shards = new Map(Object.entries(weight_map));
  for (const [name, shard] of shards) {
    // a name with a folder in it could reach any file of the system
    if (shard !== basename(shard) || shard === ".." || shard.includes("\\")) {
      throw new InputError({
        problem: "the index names a file outside its folder",
        file: index,
        field: name,
        found: describe(shard),
      });
    }
  }
  return shards;
}

async function openShards(index: string, shardOf: ReadonlyMap<string, string>): Promise<TensorFile> {
  const files = new Map<string, TensorFile>();
  const close = async () => {
    for (const file of files.values()) await file.close();
  };
  try {
    for (const shard of new Set(shardOf.values())) {
      files.set(shard, await openSafetensors(join(index, "..", shard)));
    }
    const tensors = new Map<string, TensorInfo>();
    for (const [name, shard] of shardOf) {
      const info = files.get(shard)!.tensors.get(name);
      if (info === undefined) throw noTensor(files.get(shard)!.file, name);
      tensors.set(name, info);
    }
    return {
      file: index,
      tensors,
      metadata: [...files.values()][0]?.metadata ?? {},
      async read(name) {
        const shard = shardOf.get(name);
        if (shard === undefined) throw noTensor(index, name);
        return files.get(shard)!.read(name);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Writes `model.safetensors`, or shards of at most `maxShardBytes` (a tensor is never split) with their index. The last
 * file renamed into place makes the new weights count; a single file that replaces a single file is atomic.
 * @throws InputError: the disk; shards would be written over older ones, which could mix two models
 */
export async function writeWeights(
  folder: string,
  tensors: readonly OutTensor[],
  {
    dtype = "F32",
    maxShardBytes = Number.POSITIVE_INFINITY,
  }: { dtype?: WriteDtype; maxShardBytes?: number } = {},
): Promise<void> {
  const shards = pack(tensors, maxShardBytes / (dtype === "F32" ? 4 : 2));
  const index = join(folder, indexName);
  const metadata = { format: "pt" };
  if (shards.length === 1) {
    await writeSafetensors(join(folder, singleName), tensors, { dtype, metadata });
    await rm(index, { force: true });
    return;
  }
  if ((await orMissing(readJsonFile(index))) !== undefined) {
    throw new InputError({
      problem: "the folder holds a sharded model, and shards can't be replaced all at once",
      file: folder,
      fix: "Write to a new folder",
    });
  }
  const weightMap: [string, string][] = [];
  let parameters = 0;
  for (const [i, shard] of shards.entries()) {
    const file = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    await writeSafetensors(join(folder, file), shard, { dtype, metadata });
    for (const { name, shape } of shard) {
      weightMap.push([name, file]);
      parameters += elements(shape);
    }
  }
  const total_size = parameters * (dtype === "F32" ? 4 : 2);
  await writeJsonAtomic(index, { metadata: { total_size }, weight_map: Object.fromEntries(weightMap) });
  await rm(join(folder, singleName), { force: true });
}

const number = (n: number) => String(n).padStart(5, "0");
const elements = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** In order; a new shard begins where the next tensor would not fit. */
function pack(tensors: readonly OutTensor[], maxElements: number): OutTensor[][] {
  const shards: OutTensor[][] = [[]];
  let filled = 0;
  for (const tensor of tensors) {
    const size = elements(tensor.shape);
    if (filled > 0 && filled + size > maxElements) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)!.push(tensor);
    filled += size;
  }
  return shards;
}
