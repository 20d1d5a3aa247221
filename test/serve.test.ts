/** `allgood serve` as a person meets it: start it, ask it with curl's lines, change its files, stop it. */
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ObjectiveFile, sealObjective } from "../src/objective/index.ts";
import { allgood, type Finished, json, start, workFolder } from "./support/cli.ts";

const at = workFolder();
type Served = { url: string; child: ReturnType<typeof start>["child"]; finished: Promise<Finished> };
const running = new Set<Served>();

beforeAll(async () => {
  await json("demo", "--quick", "--prompts", "160", "--out", at("demo"));
});
afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all([...running].map(({ finished }) => finished));
  running.clear();
});

/** Starts it on a free port and waits for its address. */
async function serve(...args: string[]): Promise<Served> {
  const { child, finished } = start("serve", ...args, "--port", "0", "--json");
  const [first] = await Promise.race([
    once(child.stdout!, "data"),
    finished.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  const served = { url: (JSON.parse(String(first)) as { url: string }).url, child, finished };
  running.add(served);
  return served;
}

/** As `curl -d` sends it. */
async function curl<T>(url: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

type Scored = {
  objective: string;
  items: { u: number; values: Record<string, { r: number; z: number; referenceFrom: string }> }[];
};

describe("an objective", () => {
  test("gives the same rewards and utilities as scoring and choosing from files", async () => {
    const { url } = await serve(at("demo", "objective.json"));
    const chosen = (await readFile(at("demo", "scores.jsonl"), "utf8"))
      .trimEnd()
      .split("\n")
      .slice(0, 40)
      .map(
        (line) =>
          JSON.parse(line) as { prompt: string; response: string; u: number } & Record<string, number>,
      );
    const asked = chosen.map(({ prompt, response }) => ({ prompt, response }));
    const { items } = await curl<Scored>(`${url}/v1/score`, { items: asked });
    expect(items).toHaveLength(40);
    items.forEach(({ u, values }, i) => {
      expect(u).toBeCloseTo(chosen[i]!.u, 9);
      for (const [value, { r, referenceFrom }] of Object.entries(values)) {
        expect(r).toBeCloseTo(chosen[i]![value]!, 9);
        expect(referenceFrom).toBe("prompt");
      }
    });
  });

  test("answers OpenRLHF's clients, says that it is ready, and ends with 0 on SIGTERM and Ctrl-C", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const { url, child, finished } = await serve(at("demo", "objective.json"));
      const body = { query: ["Hi! Hello."], prompts: ["Hi!"], labels: [null] };
      const answer = await curl<{ rewards: number[]; scores: number[] }>(`${url}/get_reward`, body);
      expect(answer.scores[0]).toBeCloseTo(Math.exp(answer.rewards[0]!), 12);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      child.kill(signal);
      const { code, stdout, stderr } = await finished;
      expect(code).toBe(0);
      expect(stdout).toBe(`${JSON.stringify({ url })}\n`);
      const events = stderr
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { event?: string }).event);
      expect(events.slice(-2)).toEqual(["drain", "stopped"]);
      expect(stderr).not.toContain("Hello");
    }
  });

  test("a changed file takes effect; a broken one is logged and counted, and the old one stays", async () => {
    const file = at("demo", "changing.json");
    await copyFile(at("demo", "objective.json"), file);
    const { url } = await serve(file, "--reload", "0.02", "--otherwise", "global");
    const ask = () => curl<Scored>(`${url}/v1/score`, { items: [{ prompt: "Hi!", response: "Hello." }] });
    const metric = async (line: string) => (await (await fetch(`${url}/metrics`)).text()).includes(line);
    const before = await ask();
    expect(before.items[0]!.values.helpful!.referenceFrom).toBe("global");

    await writeFile(file, "{");
    await until(() => metric("allgood_objective_stale 1"));
    expect(await ask()).toEqual(before);

    const { hash: _, ...content } = JSON.parse(
      await readFile(at("demo", "objective.json"), "utf8"),
    ) as ObjectiveFile;
    const changed = await sealObjective({ ...content, goal: "helpful" });
    await writeFile(file, JSON.stringify(changed));
    await until(() => metric("allgood_objective_stale 0"));
    const after = await ask();
    expect(after.objective).toBe(changed.hash);
    expect(Object.keys(after.items[0]!.values)).toEqual(["helpful"]);
    expect(after.items[0]!.values.helpful).toEqual(before.items[0]!.values.helpful);
  });

  test("--otherwise error refuses prompts without a reference; keys from a variable", async () => {
    process.env.ALLGOOD_TEST_KEY = "a-key-of-sixteen-letters";
    const { url } = await serve(
      at("demo", "objective.json"),
      "--otherwise",
      "error",
      "--key-env",
      "ALLGOOD_TEST_KEY",
    );
    const ask = (headers: Record<string, string>) =>
      fetch(`${url}/get_reward`, {
        method: "POST",
        headers,
        body: '{"query":["ab"],"prompts":["a"],"labels":[null]}',
      });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: "Bearer a-key-of-sixteen-letters" })).status).toBe(422);
  });
});

test("a reward model in another server's dialect is a remote reward of the next one", async () => {
  const model = await serve("--as", "vllm", "--model", at("demo", "models", "helpful"));
  const description = {
    ...{ format: "allgood-remote/1" as const, value: "helpful", protocol: "vllm-classify", url: model.url },
    text: "transcript",
  };
  const objective = await sealObjective({
    format: "allgood-objective/1",
    goal: "helpful",
    values: {
      helpful: {
        model: { kind: "remote", description },
        temperature: 1,
        reference: { kind: "fixed", global: 0, otherwise: "global" },
      },
    },
  });
  await writeFile(at("remote.json"), JSON.stringify(objective));
  const remote = await serve(at("remote.json"));
  const local = await serve(at("demo", "objective.json"));
  const body = { items: [{ prompt: "Hi!", response: "Hello." }] };
  const [far, near] = await Promise.all(
    [remote, local].map(({ url }) => curl<Scored>(`${url}/v1/score`, body)),
  );
  expect(far!.items[0]!.values.helpful!.r).toBeCloseTo(near!.items[0]!.values.helpful!.r, 9);
  model.child.kill("SIGKILL");
  await model.finished;
  const alone = await fetch(`${remote.url}/v1/score`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "x-request-timeout": "1" },
  });
  expect([502, 503, 504]).toContain(alone.status);
});

describe("what can't be served", () => {
  test.each([
    ["nothing", [], 2, "none is given"],
    ["two things", ["objective.json", "--policy", "dir"], 2, "more than one is given"],
    ["a dialect without a model", ["--as", "vllm"], 2, "--as and --model go together"],
    [
      "an open host without a key",
      ["objective.json", "--host", "0.0.0.0"],
      2,
      "--key-file FILE or --key-env NAME",
    ],
    [
      "a request that never fits",
      ["objective.json", "--max-items", "9", "--max-queue", "8"],
      2,
      "always be refused",
    ],
    [
      "a key that is not there",
      ["objective.json", "--key-env", "NO_SUCH_KEY"],
      2,
      "no such environment variable",
    ],
    ["a key that can be guessed", ["objective.json", "--key-file", "short.txt"], 1, "can be guessed"],
    ["rewards from a column", ["columns.json"], 1, 'the rewards of "warm" are a column'],
    ["a reference that was never made", ["columns.json", "--otherwise", "estimator"], 1, "have no estimator"],
    ["no file", ["missing.json"], 1, "no such file"],
  ] as const)("%s", async (_, args, code, message) => {
    await writeFile(at("short.txt"), "short\n");
    await copyFile(at("demo", "objective.json"), at("objective.json"));
    await writeFile(at("columns.json"), JSON.stringify(await columnObjective()));
    const given = args.map((arg) =>
      /\.(json|txt)$/.test(arg) ? at(arg === "objective.json" ? "demo/objective.json" : arg) : arg,
    );
    const result = await allgood("serve", ...given, "--port", "0");
    expect(result.stderr).toContain(message);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: "" });
  });

  test("a port that is taken", async () => {
    const { url } = await serve(at("demo", "objective.json"));
    const result = await allgood("serve", at("demo", "objective.json"), "--port", new URL(url).port);
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is in use by another program"),
    });
  });
});

const columnObjective = () =>
  sealObjective({
    format: "allgood-objective/1",
    goal: "warm",
    values: {
      warm: {
        model: { kind: "column", name: "warm" },
        temperature: 1,
        reference: { kind: "fixed", global: 0, otherwise: "global" },
      },
    },
  });

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await condition()) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error("it did not come about");
}
