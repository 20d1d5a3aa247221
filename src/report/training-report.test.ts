import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { type TrainingReportInput, trainingReport } from "./training-report.ts";

const rollouts = (u: number, warm: number, length: number) => ({
  utility: u,
  kl: { exact: 1 + u },
  entropy: 2,
  length,
  ended: 0.5,
  rewards: { warm, "<b>calm</b>": -warm },
});
const input = (steps: number): TrainingReportInput => ({
  result: {
    algorithm: "rloo",
    goal: "warm and <i>calm</i>",
    prompts: 12,
    steps,
    klWeight: 0.1,
    first: rollouts(-1.5, 0.25, 10),
    last: rollouts(-0.5, 0.75, 30),
  },
  rows: Array.from({ length: steps }, (_, i) => ({
    step: i + 1,
    utility: -1.5 + i / steps,
    kl: i / steps,
    entropy: 2,
    length: 10,
    "reward.warm": i,
    "reward.<b>calm</b>": -i,
  })),
  settings: { steps, lr: 0.001, prompts: ["a.jsonl", "b.jsonl"], left: undefined, "<s>": "<u>" },
});
const read = (source: string) => parseHTML(source).document;

describe("the report of a training run", () => {
  test("says what changed, and that its own rewards judged", () => {
    const document = read(trainingReport(input(20)));
    const lead = document.querySelector(".lead")!.textContent!;
    expect(lead).toContain("from −1.50 to −0.50 nats");
    expect(lead).toMatch(/warm \+0\.50 and <b>calm<\/b> −0\.50/);
    expect(lead).toContain("not that people would\nagree");
    const rows = [...document.querySelectorAll("#change tr")].map((row) => row.textContent);
    expect(rows).toContain("tokens a response10.00030.000+20.000");
    const facts = [...document.querySelectorAll("#setup dt")].map((name) => name.textContent);
    expect(facts).toEqual(["algorithm", "steps", "prompts", "lr", "prompts", "<s>"]);
  });

  test("draws utility, KL, each reward, entropy and length", () => {
    const document = read(trainingReport(input(20)));
    const titles = [...document.querySelectorAll("figure h3")].map(
      (title) => title.textContent!.split(":")[0],
    );
    expect(document.querySelector("figure h3")!.textContent).toBe(
      "Utility: −1.50 in step 1, −0.55 in step 20",
    );
    expect(titles).toEqual(["Utility", "KL", "Reward warm", "Reward <b>calm</b>", "Entropy", "Length"]);
    expect(document.querySelectorAll("b i, dd u, dt s").length).toBe(0);
  });

  test("of a short run every step has its tick", () => {
    const figure = read(trainingReport(input(4))).querySelector("figure")!;
    const texts = [...figure.querySelector("svg")!.querySelectorAll("text")].map(
      (text) => text.textContent ?? "",
    );
    expect(texts.filter((text) => /^\d+$/.test(text))).toEqual(["1", "2", "3", "4"]);
  });

  test("of a long run every n-th step, and the last", () => {
    const document = read(trainingReport(input(1001)));
    const steps = [...document.querySelector("figure")!.querySelectorAll("tbody th")].map(
      (step) => step.textContent,
    );
    expect(steps.length).toBeLessThanOrEqual(401);
    expect(steps.slice(0, 2)).toEqual(["1", "4"]);
    expect(steps.at(-1)).toBe("1,001");
  });

  test.each([0, 1])("of %i steps", (steps) => {
    expect(read(trainingReport(input(steps))).querySelectorAll("figure").length).toBe(6 * steps);
  });
});
