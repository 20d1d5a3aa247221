import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { z } from "zod";
import { parseObjectiveFile } from "../../objective/index.ts";
import { ServeError } from "../serve-error.ts";
import { promptTexts, RunCache, searchPrompts } from "./best-of-k.ts";
import { findRun, findRuns } from "./find-runs.ts";
import { readFrontierRun } from "./frontier.ts";
import { inside } from "./inside.ts";
import { liveMetrics } from "./live-metrics.ts";
import { readMetrics } from "./metrics-file.ts";
import { readChecked, rewardModelSchema, runRecordSchema } from "./run-file.ts";
import { summarise } from "./summarise.ts";
import type { MetricsRun, RunList } from "./types.ts";

/** Characters of a text that are sent before somebody asks for all of it. */
const TEXT_LIMIT = 20_000;

const oneOf = z.object({ run: z.string() });
const index = z.coerce.number().int().min(0);

/** What the pages of runs ask for; `run` is the run's path in the folder. */
export function runRoutes({ folder }: { folder: string }): Hono {
  const app = new Hono();
  const cache = new RunCache();
  const find = (query: unknown) => inside(folder, read(oneOf, query).run);

  app.get("/runs", async (c) => {
    const { found, cut } = await findRuns(folder);
    const runs = await Promise.all(found.map((each) => summarise(folder, each)));
    return c.json({ folder, runs, cut } satisfies RunList);
  });
  app.get("/run", async (c) => {
    const path = await find(c.req.query());
    const { run } = read(oneOf, c.req.query());
    const known = await findRun(path, run);
    if (known === undefined) throw new ServeError("not_found", `${JSON.stringify(run)} is not a run`);
    return c.json(await summarise(folder, known));
  });

  app.get("/best-of-k", async (c) => {
    const { run } = await cache.get(await find(c.req.query()), read(oneOf, c.req.query()).run);
    return c.json(run.about);
  });
  app.get("/best-of-k/columns", async (c) => {
    const { run, stamp } = await cache.get(await find(c.req.query()), "");
    const etag = `"${stamp}"`;
    c.header("etag", etag);
    if (c.req.header("if-none-match") === etag) return c.body(null, 304);
    c.header("content-type", "application/octet-stream");
    return c.body(run.packed);
  });
  app.get("/best-of-k/prompt", async (c) => {
    const { run } = await cache.get(await find(c.req.query()), "");
    const asked = read(z.object({ prompt: index, full: z.string().optional() }), c.req.query());
    if (asked.prompt >= run.table.promptHashes.length)
      throw new ServeError("not_found", `the run has ${run.table.promptHashes.length} prompts`);
    const most = asked.full === undefined ? TEXT_LIMIT : Number.MAX_SAFE_INTEGER;
    return c.json(await promptTexts(run, asked.prompt, most));
  });
  app.get("/best-of-k/search", async (c) => {
    const { run } = await cache.get(await find(c.req.query()), "");
    const { text } = read(z.object({ text: z.string().min(1).max(500) }), c.req.query());
    return c.json(await searchPrompts(run, text, c.req.raw.signal));
  });
  app.get("/best-of-k/objective", async (c) => {
    const { run } = await cache.get(await find(c.req.query()), "");
    return c.json(run.objective);
  });

  app.get("/frontier", async (c) => c.json(await readFrontierRun(await find(c.req.query()))));
  app.get("/metrics", async (c) => {
    const path = await find(c.req.query());
    const { command, settings, result = null } = await readChecked(join(path, "run.json"), runRecordSchema);
    const { rows, next } = await readMetrics(join(path, "metrics.jsonl"));
    const goal = typeof result?.goal === "string" ? result.goal : null;
    const kind = command.startsWith("align ") ? "rl" : "lm";
    const { run: name } = read(oneOf, c.req.query());
    return c.json({ name, kind, command, goal, settings, result, rows, next } satisfies MetricsRun);
  });
  app.get("/metrics/live", async (c) => {
    const path = await find(c.req.query());
    const { from } = read(z.object({ from: index }), c.req.query());
    // a stream that went on from an earlier one says where that ended
    const last = index.safeParse(c.req.header("last-event-id"));
    return liveMetrics(c, path, last.success ? last.data : from);
  });
  app.get("/reward", async (c) =>
    c.json(await readChecked(join(await find(c.req.query()), "model.json"), rewardModelSchema)),
  );
  app.get("/objective", async (c) => {
    const path = await find(c.req.query());
    if (!(await stat(path)).isFile()) throw new ServeError("bad_request", "an objective is a file");
    return c.json(withoutBulk(parseObjectiveFile(await readChecked(path, z.unknown()))));
  });
  return app;
}

/** An objective without the references of single prompts and the estimator's weights; their numbers instead. */
function withoutBulk(file: ReturnType<typeof parseObjectiveFile>) {
  const values = Object.entries(file.values).map(([name, { reference, ...spec }]) => {
    const { prompts = {}, estimator, ...rest } = reference;
    return {
      name,
      ...spec,
      reference: { ...rest, prompts: Object.keys(prompts).length, coverage: estimator?.coverage ?? null },
    };
  });
  return { goal: file.goal, hash: file.hash, values };
}

function read<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ServeError("bad_request", `query ${issue?.path.join(".")}: ${issue?.message}`);
}
