/**
 * What a remote reward is described by: a small JSON file that stands wherever a model folder may stand, and that the
 * objective file holds whole. See docs/remote-rewards.md.
 * @module
 */
import { z } from "zod";
import { InputError, show } from "../../io/errors.ts";
import { parseGoal, REMOTE_FORMAT } from "../../objective/index.ts";

export const valueName = z.string().refine((text) => {
  try {
    const formula = parseGoal(text);
    return formula.kind === "value" && formula.name === text;
  } catch {
    return false;
  }
}, "a word that a goal sentence can name, such as helpful");

const address = z.string().superRefine((text, context) => {
  const add = (message: string) => context.addIssue({ code: "custom", message });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    add("an address that begins with http:// or https://");
  else if (url.username !== "" || url.password !== "")
    add(
      'no name or password in the address: put the key into an environment variable and name it in "keyFrom"',
    );
});

/** The text that a model reads, where a server takes text: made here. */
const rendered = z.union(
  [
    z.literal("transcript"),
    z.strictObject({
      chatTemplate: z.string().min(1),
      bosToken: z.string().default(""),
      eosToken: z.string().default(""),
    }),
  ],
  '"transcript", or {"chatTemplate": "…"} with the model\'s own template',
);

const shared = {
  format: z.literal(REMOTE_FORMAT),
  value: valueName,
  url: address,
  /** The model's name at the server, where it has several. */
  model: z.string().min(1).optional(),
  /** Environment variable that holds the key. */
  keyFrom: z.string().regex(/^\w+$/, "the name of an environment variable").optional(),
  /** Header that carries the bare key; `Authorization: Bearer KEY` where absent. */
  keyHeader: z
    .string()
    .regex(/^[\w-]+$/, "the name of a header")
    .optional(),
  /** Most items one request holds, where the protocol has requests of several. */
  batch: z.int().min(1).max(4096).default(32),
  /** Most requests under way at once. */
  concurrency: z.int().min(1).max(1024).default(8),
  /** Until the whole answer is there; Node itself waits no longer than five minutes. */
  timeoutMs: z.int().min(1).max(300_000).default(60_000),
  /** How often a request that failed for a reason that may pass is sent again. */
  retries: z.int().min(0).max(20).default(4),
  /** The longest wait before a retry, also where the server asks for one. */
  maxWaitMs: z.int().min(0).max(3_600_000).default(30_000),
  /** Largest answer that is read. */
  maxBytes: z
    .int()
    .min(1)
    .default(16 * 2 ** 20),
};

const vllm = {
  ...shared,
  /** The name that this vLLM has for the switch that gives raw numbers; `activation` before 0.11.2. */
  activationField: z.enum(["use_activation", "activation", "softmax"]).default("use_activation"),
  /** Which of several outputs is the reward, from 0. */
  output: z.int().min(0).optional(),
};

const descriptionSchema = z.discriminatedUnion("protocol", [
  z.strictObject({
    ...vllm,
    protocol: z.literal("vllm-classify"),
    text: z.union([z.literal("messages"), rendered]).default("messages"),
  }),
  z.strictObject({
    ...vllm,
    protocol: z.literal("vllm-pooling"),
    text: z.union([z.literal("messages"), rendered]).default("messages"),
    /** Which token's number is the reward, where the model gives one each. */
    tokens: z.literal("last").optional(),
  }),
  z.strictObject({ ...vllm, protocol: z.literal("vllm-score") }).omit({ output: true }),
  z.strictObject({
    ...shared,
    protocol: z.literal("sglang"),
    url: address.refine(
      (url) => !/\/v1\/classify\/?$/.test(url.split("?")[0]!),
      "SGLang's /classify, not /v1/classify: that one always applies softmax, so a model with one output gives 1.0 to everything",
    ),
    text: rendered,
    output: vllm.output,
  }),
  z.strictObject({
    ...shared,
    protocol: z.literal("tei"),
    text: z.union([z.literal("pair"), rendered]),
    /** Which of several labels is the reward. */
    label: z.string().optional(),
    /** Whether texts that are too long are cut, which changes their reward; refused otherwise. */
    truncate: z.boolean().default(false),
  }),
  z.strictObject({
    ...shared,
    protocol: z.literal("judge"),
    model: z.string().min(1),
    /** What a good response is; the judge is told the scale beside it. */
    rubric: z.string().min(1),
    /** Lowest and highest score, whole numbers. */
    scale: z
      .tuple([z.int().min(0), z.int().max(1000)])
      .refine(([low, high]) => low < high, "two whole numbers, the lower one first")
      .default([1, 9]),
    /** `score`: the expected score as it is; `logit`: its log-odds within the scale. */
    reward: z.enum(["score", "logit"]).default("score"),
    /** Whether the expected score over the first token's probabilities is taken. */
    logProbs: z.enum(["if-given", "require", "never"]).default("if-given"),
    /** Most tokens of the judge's answer. */
    maxTokens: z.int().min(1).max(100_000).default(4),
    /** Fields added to each request, such as `{"chat_template_kwargs": {"enable_thinking": false}}`. */
    extraBody: z.record(z.string(), z.json()).default({}),
  }),
  z.strictObject({
    ...shared,
    protocol: z.literal("url"),
    /** JSON with placeholders; see docs/remote-rewards.md. */
    body: z.json(),
    /** JSON pointer (RFC 6901) to the reward, or to the list of rewards. */
    answer: z.string().regex(/^(?:\/[^/]*)*$/, "a JSON pointer, such as /scores or /data/0/reward"),
    text: rendered.default("transcript"),
  }),
]);

export type RemoteDescription = z.output<typeof descriptionSchema>;
export type DescriptionOf<Protocol extends RemoteDescription["protocol"]> = Extract<
  RemoteDescription,
  { protocol: Protocol }
>;
export type Rendered = z.output<typeof rendered>;

/**
 * Checks parsed JSON and fills in what it leaves out.
 *
 * @param place the file, or the objective file's field, for the error
 * @throws InputError naming the field, what was found and what was expected
 */
export function parseDescription(json: unknown, place: string): RemoteDescription {
  const parsed = descriptionSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const found = path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    json,
  );
  throw new InputError({
    problem: `this is not the description of a remote reward (${REMOTE_FORMAT})`,
    file: place,
    ...(path.length > 0 && { field: path.join(".") }),
    found: found === undefined ? "nothing" : show(found),
    expected: message,
    fix: "See docs/remote-rewards.md",
  });
}
