/** The answer of an OpenAI-compatible server, as samples. */
import { z } from "zod";
import { InputError, show } from "../io/errors.ts";
import type { PolicySample } from "./policy.ts";
import { countsOneChoice } from "./usage-of-one.ts";

const answerSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(z.unknown()).nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.looseObject({ completion_tokens: z.int().min(0) }).nullish(),
});

type Choice = z.infer<typeof answerSchema>["choices"][number];

/**
 * @param url named in errors
 * @throws InputError where it is not an answer of chat completions, or a choice has no text
 */
export function samplesOf(answer: unknown, url: string): PolicySample[] {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new InputError(
      {
        problem: "this is not an answer of chat completions",
        file: url,
        field: path.map(String).join("."),
        found: message,
      },
      { cause: parsed.error },
    );
  }
  const { choices, usage } = parsed.data;
  const texts = choices.map((choice) => textOf(choice, url));
  const total = countsOneChoice(parsed.data) ? undefined : usage?.completion_tokens;
  const tokens = shareOut(total, texts);
  return choices.map(({ finish_reason }, i) => ({
    text: texts[i]!,
    tokens: tokens[i],
    ended: finish_reason !== "length" && finish_reason !== "content_filter",
  }));
}

/** Reasons that say that the server gave a response up. */
const GIVEN_UP = ["abort", "error", "cancelled"];

function textOf({ message, finish_reason }: Choice, url: string): string {
  const { content, refusal, tool_calls } = message;
  const refuse = (problem: string, fix: string): never => {
    throw new InputError({ problem, file: url, found: `finish_reason ${show(finish_reason ?? null)}`, fix });
  };
  if (finish_reason && GIVEN_UP.includes(finish_reason))
    refuse("the server gave a response up", "See its log");
  if (typeof content === "string") return content;
  // what the model says in place of an answer is its response
  if (typeof refusal === "string") return refusal;
  if (tool_calls?.length) {
    return refuse("the model called tools in place of saying something", "Serve it without tools");
  }
  return refuse(
    "a response has no text",
    "A model that thinks first may have used up its tokens: give it more with --max-new-tokens",
  );
}

/** Servers count the tokens of all choices together: exact for one choice, else shared out by length of text, so that the sum is. */
function shareOut(total: number | undefined, texts: readonly string[]): (number | undefined)[] {
  if (total === undefined) return texts.map(() => undefined);
  const lengths = texts.map((text) => text.length + 1);
  const all = lengths.reduce((a, b) => a + b, 0);
  let [given, seen] = [0, 0];
  return lengths.map((length) => {
    seen += length;
    const share = Math.round((total * seen) / all) - given;
    given += share;
    return share;
  });
}
