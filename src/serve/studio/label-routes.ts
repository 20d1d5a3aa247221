import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { parseGoal } from "../../objective/index.ts";
import { ServeError } from "../serve-error.ts";
import { TERMINAL } from "./label-acts.ts";
import { LabelDesk } from "./label-desk.ts";
import { byAnswer, byMajority, hhRow, trlRow } from "./label-export.ts";
import { withTexts } from "./label-folder.ts";
import { beginLabelling } from "./label-new.ts";
import { resultsOf, sessionOf } from "./label-session.ts";

const id = z.string().min(1).max(1000);
const rater = z
  .string()
  .trim()
  .min(1, "say who answers")
  .max(60, "at most 60 characters")
  .refine((name) => name !== TERMINAL, `"${TERMINAL}" is who answers by the command line`);
const meaning = z.string().trim().max(1000, "at most 1,000 characters");
const act = z.object({
  question: z.string().max(100),
  turn: z.int().min(0),
  reply: z.enum(["left", "right", "tie", "skip", "undo"]),
});
const newLabelling = z.object({
  value: z.string().refine(isValueName, "a word that a goal sentence can name is needed, such as helpful"),
  meaning,
  sources: z.array(z.string()).min(1, "choose a file of responses").max(20),
  questions: z.int().min(1).max(10_000),
  shared: z.number().min(0).max(1),
  seed: z.int().min(0).max(0xffffffff),
});
const bodies = {
  answers: z.object({ id, run: z.string(), rater, acts: z.array(act).min(1).max(500) }),
  meaning: z.object({ id, rater, meaning }),
  learn: z.object({ id }),
};
const exportQuery = z.object({
  id,
  form: z.enum(["trl", "hh"]),
  rows: z.enum(["majority", "each"]).default("majority"),
});

/** The routes of the labelling page, under `/api/label`. */
export function labelRoutes({ folder }: { folder: string }): Hono {
  const app = new Hono();
  const desk = new LabelDesk(folder);
  app.use(bodyLimit({ maxSize: 2 ** 20 }));

  app.get("/", async (c) => c.json(await desk.home()));
  app.post("/", async (c) => c.json({ id: await beginLabelling(folder, await body(c, newLabelling)) }));
  app.get("/session", async (c) => {
    const asked = query(c, z.object({ id, rater }));
    return c.json(sessionOf(await desk.moment(asked.id), asked.rater));
  });
  app.get("/question", async (c) => {
    const asked = query(c, z.object({ id, rater, question: z.string() }));
    return c.json(await desk.shown(asked.id, asked.question, asked.rater));
  });
  app.post("/answers", async (c) => {
    const sent = await body(c, bodies.answers);
    return c.json({ kept: await desk.take(sent.id, sent) });
  });
  app.post("/meaning", async (c) => {
    const sent = await body(c, bodies.meaning);
    await desk.setMeaning(sent.id, sent.rater, sent.meaning);
    return c.json({});
  });
  app.post("/learn", async (c) => {
    await desk.learn((await body(c, bodies.learn)).id);
    return c.json({});
  });
  app.get("/results", async (c) => c.json(resultsOf(await desk.moment(query(c, z.object({ id })).id))));
  app.get("/export", async (c) => {
    const asked = query(c, exportQuery);
    const { folder: of, questions, answers } = await desk.moment(asked.id);
    const { value } = of.settings;
    const texts = questions.map((question) => withTexts(of, question));
    const pairs =
      asked.rows === "each" ? byAnswer(value, texts, answers) : byMajority(value, texts, answers).pairs;
    const rows = asked.form === "trl" ? pairs.map(trlRow) : pairs.flatMap((pair) => hhRow(pair) ?? []);
    c.header("content-type", "application/jsonl; charset=utf-8");
    const name = value.replace(/[^\w.-]+/g, "_");
    c.header("content-disposition", `attachment; filename="${name}.${asked.form}.jsonl"`);
    return c.body(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  });
  return app;
}

/** As `--value` of the commands: src/cli/options.ts. */
function isValueName(text: string): boolean {
  try {
    const formula = parseGoal(text);
    return formula.kind === "value" && formula.name === text;
  } catch {
    return false;
  }
}

const query = <T>(c: Context, schema: z.ZodType<T>): T => checked(schema, c.req.query());

async function body<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const sent: unknown = await c.req.json().catch(() => undefined);
  return checked(schema, sent);
}

function checked<T>(schema: z.ZodType<T>, sent: unknown): T {
  const parsed = schema.safeParse(sent);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new ServeError("bad_request", `${path.length === 0 ? "what was sent" : path.join(".")}: ${message}`);
}
