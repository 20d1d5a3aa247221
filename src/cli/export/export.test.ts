import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OBJECTIVE_FORMAT, type ObjectiveFile, sealObjective } from "../../objective/index.ts";
import { captureOutput } from "../captured-output.fixture.ts";
import { run } from "../run.ts";
import { OPENRLHF_FLAGS, TRL_FIELDS, VERL_KEYS } from "./checked-options.fixture.ts";

const execute = promisify(execFile);
const python = ["python3", "python"].find((name) => canRun(name));
if (python === undefined) console.warn("SKIPPED for want of Python: the syntax of exported Python files");
const bash = canRun("bash");
if (!bash) console.warn("SKIPPED for want of bash: the syntax of exported shell scripts");

function canRun(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What a shell or a Python file may trip over; the goal stands on two lines. */
const MODEL = `it's "a" \\ $(touch x) \`model\``;
const GOAL = "helpful\nand café-au_lait^2";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const printed = captureOutput();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allgood-export-"));
  await writeObjective("objective.json", GOAL);
  await writeObjective("or.json", "helpful or café-au_lait");
  await writeObjective("columns.json", GOAL, true);
});
afterAll(() => rm(folder, { recursive: true }));

async function writeObjective(name: string, goal: string, columns = false): Promise<void> {
  const value = (path: string): ObjectiveFile["values"][string] => ({
    model: columns ? { kind: "column", name: path } : { kind: "directory", path, sha256: "0".repeat(64) },
    temperature: 1.5,
    reference: { kind: "fixed", global: 0, otherwise: "global" },
  });
  const values = { helpful: value("helpful"), "café-au_lait": value("creative") };
  await writeFile(at(name), JSON.stringify(await sealObjective({ format: OBJECTIVE_FORMAT, goal, values })));
}

const exporting = (trainer: string, out: string, ...args: string[]) =>
  run(
    [
      ["export", trainer, "--objective", at("objective.json"), "--model", MODEL, "--out", at(out)],
      args.includes("--url") ? [] : ["--url", "http://a:8080/"],
      args,
    ].flat(),
  );

const text = (...parts: string[]) => readFile(at(...parts), "utf8");
const objective = async (): Promise<ObjectiveFile> => JSON.parse(await text("objective.json"));

/** Every way to export, with what it names of the trainer's options. */
const CASES = [
  { trainer: "trl", args: [], script: "train.py", options: fieldsOf, checked: TRL_FIELDS },
  { trainer: "trl", args: ["--per-value"], script: "train.py", options: fieldsOf, checked: TRL_FIELDS },
  { trainer: "openrlhf", args: [], script: "train.sh", options: flagsOf, checked: OPENRLHF_FLAGS },
  { trainer: "verl", args: [], script: "train.sh", options: overridesOf, checked: VERL_KEYS },
  { trainer: "verl", args: ["--per-value"], script: "train.sh", options: overridesOf, checked: VERL_KEYS },
];

function fieldsOf(script: string): string[] {
  const body = script.slice(script.indexOf("GRPO = dict("), script.indexOf("\n)\n"));
  return [...body.matchAll(/^ {4}(\w+)=/gm)].map(([, name]) => name!);
}

function flagsOf(script: string): string[] {
  return [...script.matchAll(/^ {3}(--[\w.]+)/gm)].map(([, name]) => name!);
}

function overridesOf(script: string): string[] {
  return [...script.matchAll(/^ {3}['"]?\+?([a-z_]+(?:\.[\w]+)+)=/gm)].map(([, name]) => name!);
}

describe.each(CASES)("allgood export $trainer $args", ({ trainer, args, script, options, checked }) => {
  const out = [trainer, ...args].join("");
  beforeAll(async () => {
    expect(await exporting(trainer, out, ...args)).toBe(0);
  });

  test("every option that it names is one that the trainer's sources have", async () => {
    const used = options(await text(out, script));
    expect(used.length).toBeGreaterThan(12);
    expect(used.filter((name) => !checked.has(name))).toEqual([]);
    expect(new Set(used).size, "no option twice").toBe(used.length);
  });

  test("the head says goal, values and hash, each on a line of its own", async () => {
    const { hash } = await objective();
    const head = (await text(out, script)).split("\n").slice(0, 10);
    expect(head).toContain("# goal: helpful and café-au_lait^2");
    expect(head).toContain("# value: café-au_lait, temperature 1.5");
    expect(head).toContain(`# objective: ${hash}`);
  });

  test.skipIf(python === undefined)(
    "its Python files compile, and the client beside them imports",
    async () => {
      const files = (await readdir(at(out), { recursive: true })).filter((file) => file.endsWith(".py"));
      expect(files.length).toBeGreaterThan(8);
      await execute(python!, ["-m", "py_compile", ...files], { cwd: at(out) });
      const { stdout } = await execute(
        python!,
        ["-c", "import allgood_rewards.trl as m; print(m.__file__)"],
        {
          cwd: at(out),
          env: { ...process.env, PYTHONPATH: at(out) },
        },
      );
      expect(stdout).toContain(at(out));
    },
  );
});

test.skipIf(!bash).each(["openrlhf", "verl", "verl--per-value"])(
  "%s/train.sh is a program of bash that quotes the model",
  async (out) => {
    await execute("bash", ["-n", at(out, "train.sh")]);
    expect((await stat(at(out, "train.sh"))).mode & 0o111).toBe(0o111);
    const line = (await text(out, "train.sh")).split("\n").find((line) => line.startsWith("MODEL="))!;
    const { stdout } = await execute("bash", ["-c", `${line}\nprintf %s "$MODEL"`], { cwd: folder });
    expect(stdout).toBe(MODEL);
  },
);

describe("what the scripts are filled in with", () => {
  test("TRL: the goal, undivided; or the values with their exponents as weights", async () => {
    const whole = await text("trl", "train.py");
    expect(whole).toContain('scale_rewards="none"');
    expect(whole).toContain("combined(client)");
    expect(whole).toContain('SERVER = "http://a:8080"');
    expect(whole).toContain("beta=0.1");
    const split = await text("trl--per-value", "train.py");
    expect(split).toContain('per_values(client, ["helpful", "café-au_lait"])');
    expect(split).toContain("reward_weights=[1, 2]");
    expect(split).toContain('multi_objective_aggregation="normalize_then_sum"');
  });

  test("OpenRLHF: a clip range that u less its baseline fits in, γ, and several servers as a list", async () => {
    expect(
      await exporting("openrlhf", "two", "--url", "http://a:1", "https://b/x/", "--kl-weight", "0.02"),
    ).toBe(0);
    const script = await text("two", "train.sh");
    expect(script).toContain("--reward.clip_range -100 100");
    expect(script).toContain("--algo.kl.init_coef 0.02");
    const { hash } = await objective();
    expect(await text("two", "reward_func.py")).toContain(
      `Client(["http://a:1", "https://b/x"], objective="${hash}")`,
    );
  });

  test("verl: GDPO's keys and weights are one word of the shell each", async () => {
    const script = await text("verl--per-value", "train.sh");
    expect(script).toContain(`'+algorithm.gdpo_reward_keys=["helpful/log_p","café-au_lait/log_p"]'`);
    expect(script).toContain("'+algorithm.gdpo_reward_weights=[1,2]'");
  });

  test("what to do next can be pasted into a shell, whatever the folder is called", async () => {
    printed.stdout = "";
    expect(await exporting("trl", "it's two words")).toBe(0);
    expect(printed.stdout).toContain(`cd '${at("it'\\''s two words")}' && python train.py`);
    printed.stdout = "";
    expect(await exporting("trl", "plain")).toBe(0);
    expect(printed.stdout).toContain(`cd ${at("plain")} && python train.py`);
  });

  test("--json says what was written", async () => {
    expect(await exporting("trl", "json", "--json")).toBe(0);
    const found = JSON.parse(printed.stdout);
    expect(found).toMatchObject({ trainer: "trl", goal: GOAL, hash: (await objective()).hash });
    for (const file of found.files) expect((await stat(at("json", file))).isFile()).toBe(true);
  });
});

describe("what is refused", () => {
  test.each([
    [["trl", "--url", "localhost:8080"], 2, /--url takes URLs such as http:\/\/localhost:8080/],
    [["trl", "--url", "http://a:1,http://b:1"], 2, /separated by spaces/],
    [["trl", "--url", "http://key@a:1"], 2, /without a key/],
    [["trl", "--model", " "], 2, /--model takes a model's name/],
    [["trl", "--samples", "1"], 2, /--samples is at least 2/],
    [["trl", "--kl-weight", "-1"], 2, /a number of at least 0/],
    [["openrlhf", "--per-value"], 2, /unknown option '--per-value'/],
    [
      ["verl", "--objective", "OR", "--per-value"],
      2,
      /needs a goal that is an AND of values, found "helpful or/,
    ],
    [["verl", "--objective", "none.json"], 1, /no such file/],
    [["trl", "--objective", "COLUMNS"], 1, /"helpful" is a column of given responses/],
  ])("%j", async ([trainer, ...args], code, message) => {
    const files: Record<string, string> = { OR: at("or.json"), COLUMNS: at("columns.json") };
    const named = args.map((arg) => files[arg] ?? arg);
    expect(await exporting(trainer!, "refused", ...named)).toBe(code);
    expect(printed.stderr).toMatch(message);
    expect(await readdir(folder)).not.toContain("refused");
  });

  test("a script that exists is not written over: it may have been edited", async () => {
    expect(await exporting("trl", "edited")).toBe(0);
    await writeFile(at("edited", "train.py"), "edited");
    expect(await exporting("trl", "edited")).toBe(1);
    expect(printed.stderr).toMatch(/train\.py: this file exists already and may have been edited/);
    expect(await text("edited", "train.py")).toBe("edited");
  });
});
