/** Scores of a real server, by the command line, beside what transformers gives for the same tokens. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { workFolder } from "../support/cli.ts";
import { allgood } from "./command-line.ts";
import { foundServers } from "./found.ts";

const { models } = foundServers();

/** The tiny model's responses. */
export const responses = join(models, "responses.jsonl");

const numbers = z.array(z.number());
const truthSchema = z.object({ chat: numbers, transcript: numbers, pair: numbers });
const row = z.object({ helpful: z.number() });

/** For one file of checks. */
export async function scoring() {
  const folder = workFolder();
  const truth = truthSchema.parse(JSON.parse(await readFile(join(models, "rewards.json"), "utf8")));
  const template = await readFile(join(models, "reward/chat_template.jinja"), "utf8");
  let runs = 0;
  /** Writes the description of a remote reward, and scores the responses with it. */
  async function score(url: string, fields: object) {
    const description = { format: "allgood-remote/1", value: "helpful", url, model: "reward", ...fields };
    await writeFile(folder("helpful.json"), JSON.stringify(description));
    const out = folder(`scores-${runs++}.jsonl`);
    const done = await allgood("score", "--model", folder("helpful.json"), "--data", responses, "--out", out);
    const lines = done.code === 0 ? (await readFile(out, "utf8")).trim().split("\n") : [];
    return { ...done, rewards: lines.map((line) => row.parse(JSON.parse(line)).helpful) };
  }
  return { folder, truth, template, score };
}

export function expectClose(rewards: number[], expected: number[]): void {
  expect(rewards).toHaveLength(expected.length);
  const differences = rewards.map((reward, i) => Math.abs(reward - expected[i]!));
  expect(Math.max(...differences)).toBeLessThan(1e-3);
  // else any order would do
  expect(new Set(expected.map((each) => each.toFixed(2))).size).toBeGreaterThan(20);
}

/** Status and fields of an answer; of a refusal, the outermost fields alone. */
export async function answerOf(url: string, body: unknown) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const shape = shapeOf(await response.json());
  return { status: response.status, shape: response.ok ? shape : Object.keys(Object(shape)) };
}

/** Names and types, without the values. */
function shapeOf(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(shapeOf);
  if (typeof json !== "object" || json === null) return json === null ? null : typeof json;
  return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, shapeOf(each)]));
}
