import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Page } from "playwright-core";
import { createRandom } from "../../src/stats/random.ts";

export type ScoreRow = {
  prompt: string;
  response: string;
  helpful: number;
  harmless: number;
  length: number;
};

/** Rewards of several candidates a prompt that disagree with each other, one of them off centre. */
export function scoreRows(prompts: number, seed = 1): ScoreRow[] {
  const random = createRandom(seed);
  return Array.from({ length: prompts * 5 }, (_, i) => {
    const quality = random.normal();
    const words = 5 + random.below(40);
    return {
      prompt: `Question ${Math.floor(i / 5)}: what, exactly, is “${Math.floor(i / 5) % 7}”?`,
      response: `Antwort Nr. ${i}, with a comma,\nand ${"a word ".repeat(words)}\u{1f44b}`,
      helpful: quality + 0.03 * words,
      harmless: 60 - 2 * quality + random.normal(),
      length: words,
    };
  });
}

const cell = (value: string | number) => `"${String(value).replaceAll('"', '""')}"`;
const lines = (rows: readonly ScoreRow[], delimiter: string) =>
  [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))]
    .map((each) => each.map(cell).join(delimiter))
    .join("\r\n");

/** A file in every format that the audit reads, by name. */
export function scoreFiles(rows: readonly ScoreRow[]): Record<string, Uint8Array> {
  const jsonl = Buffer.from(rows.map((row) => JSON.stringify(row)).join("\n"));
  const csv = Buffer.from(`\ufeff${lines(rows, ",")}`);
  const column = (name: keyof ScoreRow, type: "STRING" | "DOUBLE") => ({
    name,
    type,
    data: rows.map((row) => row[name]),
  });
  const columnData = [
    column("prompt", "STRING"),
    column("response", "STRING"),
    column("helpful", "DOUBLE"),
    column("harmless", "DOUBLE"),
    column("length", "DOUBLE"),
  ];
  return {
    "scores.csv": csv,
    "scores.csv.gz": gzipSync(csv),
    "scores.tsv": Buffer.from(lines(rows, "\t")),
    "scores.jsonl": jsonl,
    "scores.jsonl.gz": gzipSync(jsonl),
    "scores.json": Buffer.from(JSON.stringify(rows)),
    "scores.parquet": new Uint8Array(parquetWriteBuffer({ columnData })),
  };
}

/** Drops a file on the page, as a person would; evaluates text, as the tests' types are Node's. */
export async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const content = Buffer.from(bytes).toString("base64");
  await page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(content)}), (byte) => byte.charCodeAt(0));
    const held = new DataTransfer();
    held.items.add(new File([bytes], ${JSON.stringify(name)}));
    const target = document.querySelector(".drop");
    for (const kind of ["dragover", "drop"]) {
      target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: held }));
    }
  })()`);
}

/** The text of a file that a button hands over. */
export async function downloaded(page: Page, button: string): Promise<string> {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: button }).click();
  return readFile(await (await waiting).path(), "utf8");
}
