/** The studio's server: what it finds, what it refuses, and the command that starts it. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Listening } from "../src/serve/listen.ts";
import type { RunList } from "../src/serve/studio/types.ts";
import { workFolder } from "./support/cli.ts";
import { openStudio } from "./support/studio.ts";
import { makeDemo, makeFrontierFiles, makeTrainingRuns } from "./support/studio-runs.ts";

const at = workFolder();
let studio: Listening;

beforeAll(async () => {
  await mkdir(at("runs"));
  await makeDemo(at("runs"));
  await makeTrainingRuns(at("runs"));
  await makeFrontierFiles(at("runs"));
  await mkdir(at("secret"));
  await writeFile(at("secret", "model.json"), '{"format":"allgood-reward/1"}');
  await symlink(at("secret"), at("runs", "way-out"));
  studio = await openStudio(at("runs"));
}, 180_000);
afterAll(() => studio.drain(0));

type Answer = { status: number; body: string; headers: Record<string, string | string[] | undefined> };

/** A request as it stands, with any header and any path: `fetch` would tidy both. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: studio.port, path, ...options }, (answer) => {
      let body = "";
      answer.on("data", (chunk) => {
        body += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body, headers: answer.headers }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

const get = async <T>(path: string): Promise<T> => {
  const { status, body } = await ask(path);
  expect(status, body).toBe(200);
  return JSON.parse(body) as T;
};

describe("runs", () => {
  test("every kind is found, with its goal and figures; parts of runs and links are not", async () => {
    const { runs } = await get<RunList>("/api/runs");
    expect(runs.map(({ name, kind }) => [name, kind])).toEqual([
      ["demo", "best-of-k"],
      ["demo/models/creative", "reward"],
      ["demo/models/factual", "reward"],
      ["demo/models/harmless", "reward"],
      ["demo/models/helpful", "reward"],
      ["demo/objective.json", "objective"],
      ["frontier", "frontier"],
      ["lm", "lm"],
      ["parts/calm", "reward"],
      ["parts/objective.json", "objective"],
      ["parts/warm", "reward"],
      ["ppo", "rl"],
    ]);
    expect(runs.filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(runs.find(({ name }) => name === "demo")?.goal).toBe(
      "helpful and harmless and factual and creative",
    );
    for (const { figures } of runs) expect(figures.length).toBeGreaterThan(0);
  });

  test("of a frontier: the base beside the method's highest share, which is said to be that", async () => {
    const { runs } = await get<RunList>("/api/runs");
    const { base } = JSON.parse(await readFile(at("runs", "frontier", "comparison.json"), "utf8"));
    const { figures } = runs.find(({ name }) => name === "frontier")!;
    expect(figures.map(({ name }) => name)).toEqual([
      "prompts",
      "base good in all",
      "LSC AND by best-of-k, highest",
      "LSC AND by RL, highest",
    ]);
    expect(figures[1]).toMatchObject({ value: base.allGood.value, ci95: base.allGood.ci95 });
  });

  test("a run that is damaged is listed with what is wrong", async () => {
    await mkdir(at("runs", "damaged"));
    await writeFile(at("runs", "damaged", "run.json"), '{"command": "align best-of-k", ');
    await writeFile(at("runs", "damaged", "scores.jsonl"), "");
    const { runs } = await get<RunList>("/api/runs");
    expect(runs.find(({ name }) => name === "damaged")?.problem).toMatch(/run\.json:1: not JSON/);
    const { status, body } = await ask("/api/best-of-k?run=damaged");
    expect(status).toBe(422);
    expect(body).toMatch(/not JSON/);
  });

  test("of a run of reinforcement learning: u before and after, as the command says; while it goes on, of its last step", async () => {
    const { result, ...begun } = JSON.parse(await readFile(at("runs", "ppo", "run.json"), "utf8"));
    const { runs } = await get<RunList>("/api/runs");
    const figures = (name: string, all = runs) =>
      all.find((run) => run.name === name)!.figures.map((each) => [each.name, each.value]);
    expect(figures("ppo")).toEqual([
      ["steps", 4],
      ["u before", result.first.utility],
      ["u after", result.last.utility],
      ["KL", result.last.kl.exact],
    ]);
    const lines = await readFile(at("runs", "ppo", "metrics.jsonl"), "utf8");
    const last = JSON.parse(lines.trim().split("\n").at(-1)!);
    await mkdir(at("runs", "going"));
    await writeFile(at("runs", "going", "run.json"), JSON.stringify(begun));
    // it has just begun: no step is written yet
    const { date } = (await get<RunList>("/api/runs")).runs.find(({ name }) => name === "going")!;
    expect(Date.now() - Date.parse(date)).toBeLessThan(3600_000);
    await writeFile(at("runs", "going", "metrics.jsonl"), lines);
    expect(figures("going", (await get<RunList>("/api/runs")).runs)).toEqual([
      ["steps", 4],
      ["u, last step", last.utility],
      ["KL, last step", last.kl],
    ]);
  });

  test("a run whose run.json is empty is listed, and so is a frontier that has just begun", async () => {
    for (const [name, file] of [
      ["empty", "scores.jsonl"],
      ["empty-rl", "metrics.jsonl"],
    ] as const) {
      await mkdir(at("runs", name));
      await writeFile(at("runs", name, "run.json"), "");
      await writeFile(at("runs", name, file), "");
    }
    await mkdir(at("runs", "begun"));
    await writeFile(at("runs", "begun", "frontier.jsonl"), "");
    const { runs } = await get<RunList>("/api/runs");
    const found = (name: string) => runs.find((run) => run.name === name);
    expect(found("empty")).toMatchObject({ kind: "best-of-k", problem: expect.stringMatching(/is empty/) });
    expect(found("empty-rl")).toMatchObject({ kind: "rl", problem: expect.stringMatching(/is empty/) });
    expect(found("begun")?.problem).toBeUndefined();
    expect(await get("/api/frontier?run=begun")).toEqual({ rows: [], comparison: null });
  });

  test("a run of another version says what to do", async () => {
    await mkdir(at("runs", "older"));
    await writeFile(at("runs", "older", "run.json"), '{"command": "align best-of-k", "result": {}}');
    await writeFile(at("runs", "older", "scores.jsonl"), "");
    const { runs } = await get<RunList>("/api/runs");
    expect(runs.find(({ name }) => name === "older")?.problem).toMatch(/make it again with this version/);
  });

  test("texts are found in prompts and responses, whatever their case", async () => {
    const rows = (await readFile(at("runs", "demo", "scores.jsonl"), "utf8")).trim().split("\n");
    const hashes = [...new Set(rows.map((line) => JSON.parse(line).promptHash as string))];
    const holding = new Set(
      rows.filter((line) => line.includes("trapeze")).map((line) => JSON.parse(line).promptHash),
    );
    expect(holding.size).toBeGreaterThan(0);
    const found = await get<number[]>("/api/best-of-k/search?run=demo&text=TRAPEZE");
    expect(found.map((i) => hashes[i])).toEqual(hashes.filter((hash) => holding.has(hash)));
  });

  test("columns come with an ETag, and are not sent twice", async () => {
    const { headers } = await ask("/api/best-of-k/columns?run=demo");
    const etag = String(headers.etag);
    const again = await ask("/api/best-of-k/columns?run=demo", { headers: { "if-none-match": etag } });
    expect([again.status, again.body]).toEqual([304, ""]);
  });
});

describe("what is refused", () => {
  test.each([
    ["../secret", 400, /outside/],
    ["..%2Fsecret", 400, /outside/],
    ["demo/../../secret", 400, /outside/],
    ["/etc", 400, /outside/],
    ["way-out", 400, /outside/],
    ["demo%00", 400, /outside/],
    ["nowhere", 404, /there is no/],
  ])("a run at %s", async (run, status, message) => {
    for (const route of ["reward", "metrics", "best-of-k", "frontier", "objective", "best-of-k/columns"]) {
      const answer = await ask(`/api/${route}?run=${run}`);
      expect(answer.status, route).toBe(status);
      expect(answer.body).toMatch(message);
    }
  });

  test.each(["/../package.json", "/%2e%2e/%2e%2e/package.json", "/..%2f..%2fvite.config.js", "/%E0%A4%A"])(
    "the asset %s",
    async (path) => {
      const { status, body } = await ask(path);
      expect([400, 404]).toContain(status);
      expect(body).not.toContain("devDependencies");
    },
  );

  test.each([
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "[::1].evil.example",
    "localhost.evil.example:1",
  ])("a request for the host %j: a name that was pointed here", async (host) => {
    for (const path of ["/", "/api/runs"]) {
      const { status, body } = await ask(path, { headers: { host } });
      expect([status, body.includes("<!doctype")]).toEqual([400, false]);
    }
  });

  test("a request from another page, and one that would change something", async () => {
    const host = `127.0.0.1:${studio.port}`;
    const own = { host, origin: `http://${host}` };
    expect((await ask("/api/runs", { headers: own })).status).toBe(200);
    for (const origin of [
      "http://evil.example",
      "null",
      `http://localhost:${studio.port}`,
      `https://${host}`,
    ])
      expect((await ask("/api/runs", { headers: { host, origin } })).status, origin).toBe(400);
    for (const site of ["cross-site", "same-site"])
      expect((await ask("/api/runs", { headers: { host, "sec-fetch-site": site } })).status, site).toBe(400);
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
      expect((await ask("/api/runs", { method, headers: own })).status, method).toBe(400);
    const form = { ...own, "content-type": "text/plain" };
    expect((await ask("/api/label/x", { method: "POST", headers: form })).body).toMatch(/application\/json/);
  });

  test("every answer forbids inline script, frames and other origins", async () => {
    for (const path of ["/", "/api/runs", "/nowhere"]) {
      const { headers } = await ask(path);
      expect(headers["content-security-policy"]).toMatch(
        /default-src 'none'; script-src 'self'.*frame-ancestors 'none'/,
      );
      expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*|https?:/);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect((await ask("/")).body).not.toMatch(/<script(?![^>]*src=)|<style|style=|https?:\/\//);
  });
});
