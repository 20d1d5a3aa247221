/**
 * Reading HH, from bytes on disk, against JSON.parse alone over the same lines, which are in memory as strings already:
 * once as rows (read and dropped), once as preference pairs (checked, dialogues parsed, all kept).
 * Run: npx tsx bench/read.ts [--json]
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readRows } from "../src/io/rows.ts";
import { readPairs } from "../src/preferences/index.ts";
import { createRandom } from "../src/stats/random.ts";
import { type Comparison, median, printComparisons } from "./compare.ts";

const BYTES = 50_000_000;
const ROUNDS = 9;

const real = new URL("../../shared/data/hh-rlhf/helpful-base/test.jsonl.gz", import.meta.url);
const isReal = existsSync(real);
const once = isReal ? gunzipSync(await readFile(real)).toString() : synthetic(2000);
const text = once.repeat(Math.ceil(BYTES / Buffer.byteLength(once)));
const megabytes = Buffer.byteLength(text) / 1e6;
const lines = text.trimEnd().split("\n");

const folder = await mkdtemp(join(tmpdir(), "allgood-bench-"));
const file = join(folder, "pairs.jsonl");
try {
  await writeFile(file, text);
  printComparisons(await measure());
} finally {
  await rm(folder, { recursive: true });
}

/** Each way returns the number of rows it saw, so that none can be skipped. */
async function measure(): Promise<Comparison[]> {
  const ways: Record<"parse" | "rows" | "pairs", () => number | Promise<number>> = {
    parse: () => lines.reduce((rows, line) => rows + Number("chosen" in JSON.parse(line)), 0),
    async rows() {
      let rows = 0;
      for await (const row of readRows(file)) rows += Number("value" in row);
      return rows;
    },
    pairs: async () => (await readPairs([file])).rows,
  };
  const seconds = { parse: [] as number[], rows: [] as number[], pairs: [] as number[] };
  const order = ["parse", "rows", "pairs"] as const;
  for (let round = -1; round < ROUNDS; round++) {
    for (const way of round % 2 === 0 ? order : order.toReversed()) {
      const start = performance.now();
      const rows = await ways[way]();
      if (rows !== lines.length) throw new Error(`${way}: ${rows} rows of ${lines.length}`);
      // the first round warms the compiler up
      if (round >= 0) seconds[way].push((performance.now() - start) / 1000);
    }
  }
  const rate = (way: keyof typeof seconds) => megabytes / median(seconds[way]);
  const source = isReal ? "HH helpful-base, repeated" : "synthetic text of HH's shape";
  return (["rows", "pairs"] as const).map((way) => ({
    name: `read ${way} against JSON.parse alone (${source})`,
    unit: "MB/s",
    ours: rate(way),
    baseline: rate("parse"),
    ratio: rate(way) / rate("parse"),
  }));
}

/** Dialogues of made-up words, with about as many turns and words as HH's. */
function synthetic(rows: number): string {
  const random = createRandom(1);
  const letter = () => String.fromCharCode(97 + random.below(26));
  const word = () => Array.from({ length: 2 + random.below(7) }, letter).join("");
  const words = (count: number) => Array.from({ length: count }, word).join(" ");
  const turn = () => `\n\nHuman: ${words(20)}?\n\nAssistant: ${words(40)}.`;
  const row = () => {
    const prompt = `${Array.from({ length: random.below(4) }, turn).join("")}\n\nHuman: ${words(15)}?`;
    const answer = () => `${prompt}\n\nAssistant: ${words(5 + random.below(60))}.`;
    return `${JSON.stringify({ chosen: answer(), rejected: answer() })}\n`;
  };
  return Array.from({ length: rows }, row).join("");
}
