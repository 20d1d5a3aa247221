/**
 * Any other server that takes JSON and answers JSON: a body with placeholders, and a pointer to the reward.
 * @module
 */
import { InputError, show } from "../../../io/errors.ts";
import type { RewardItem } from "../../reward-model.ts";
import { checkCount } from "../answer.ts";
import type { DescriptionOf } from "../description.ts";
import type { Protocol } from "../protocol.ts";
import { AnswerError } from "../remote-error.ts";
import { createRenderer, dialogueOf, promptText } from "../text.ts";

type Fill = (item: RewardItem) => unknown;

/** A body with one of `many` holds a list of all items of a request, and the answer a list of rewards. */
export function url({ url, body, answer: pointer, batch, text }: DescriptionOf<"url">): Protocol {
  const render = createRenderer(text);
  const fills: [one: string, many: string, Fill][] = [
    ["{prompt}", "{prompts}", ({ prompt }) => promptText(prompt)],
    ["{response}", "{responses}", ({ response }) => response],
    ["{messages}", "{dialogues}", dialogueOf],
    ["{text}", "{texts}", (item) => render(dialogueOf(item))],
  ];
  const one = new Map(fills.map(([name, , of]) => [name, of]));
  const many = new Map(fills.map(([, name, of]) => [name, of]));
  const [single, several] = [uses(body, one), uses(body, many)];
  if (single === several) throw badBody(single, [...one.keys(), ...many.keys()]);
  return {
    url,
    batch: several ? batch : 1,
    request: (items) =>
      fill(body, (name) => {
        const of = several ? many.get(name) : one.get(name);
        return of && (several ? items.map(of) : of(items[0]!));
      }),
    rewards: (answer, count) => {
      const found = at(answer, pointer);
      const rewards: unknown[] = several && Array.isArray(found) ? found : [found];
      if (several && !Array.isArray(found)) throw notANumber(found, pointer, "a list of numbers");
      checkCount(rewards.length, count);
      return rewards.map((reward) => {
        if (typeof reward === "number") return reward;
        throw notANumber(reward, pointer, "a number");
      });
    },
  };
}

const uses = (body: unknown, names: ReadonlyMap<string, Fill>): boolean => {
  let found = false;
  fill(body, (name) => {
    found ||= names.has(name);
    return undefined;
  });
  return found;
};

/** Replaces texts that are a placeholder as a whole, at any depth. */
function fill(body: unknown, by: (name: string) => unknown): unknown {
  if (typeof body === "string") return by(body) ?? body;
  if (Array.isArray(body)) return body.map((member) => fill(member, by));
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([key, member]) => [key, fill(member, by)]));
}

/** RFC 6901. */
function at(json: unknown, pointer: string): unknown {
  const keys = pointer.split("/").slice(1);
  return keys.reduce<unknown>((inside, key) => {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof inside === "object" && inside !== null && Object.hasOwn(inside, name))
      return Reflect.get(inside, name);
    throw new AnswerError({
      problem: "the answer has nothing where the description says that the reward is",
      found: show(json),
      expected: `a member at ${pointer}`,
      fix: 'Check "answer"',
    });
  }, json);
}

const notANumber = (found: unknown, pointer: string, expected: string): AnswerError =>
  new AnswerError({
    problem: `what stands at ${pointer || "the top"} is no reward`,
    found: show(found),
    expected,
  });

const badBody = (both: boolean, names: readonly string[]): InputError =>
  new InputError({
    problem: "the body of a remote reward can't be filled in",
    field: "body",
    found: both ? "placeholders for one item and for many" : "no placeholder",
    expected: `texts that are one of ${names.join(", ")}; either for one item or for many`,
    fix: "See docs/remote-rewards.md",
  });
