import { setMaxListeners } from "node:events";
import { InputError } from "../../io/errors.ts";
import { headerKey } from "../../io/header-key.ts";
import type { RewardItem, RewardModel } from "../reward-model.ts";
import { checkCount, checkFinite } from "./answer.ts";
import { type Caller, createCaller } from "./caller.ts";
import type { RemoteDescription } from "./description.ts";
import type { Protocol } from "./protocol.ts";
import { judge } from "./protocols/judge.ts";
import { sglang } from "./protocols/sglang.ts";
import { tei } from "./protocols/tei.ts";
import { url } from "./protocols/url.ts";
import { vllmClassify } from "./protocols/vllm-classify.ts";
import { vllmPooling } from "./protocols/vllm-pooling.ts";
import { vllmScore } from "./protocols/vllm-score.ts";
import { AnswerError, RemoteRewardError } from "./remote-error.ts";

/**
 * A reward model behind HTTP. Items go in batches, several at once; the rewards stand in the order of the items.
 *
 * @param environment where the key is found that the description names
 * @throws InputError where the key is missing or a template can't be used; `score` throws RemoteRewardError for anything
 * but one finite raw reward an item
 */
export function remoteReward(
  description: RemoteDescription,
  environment: Partial<Record<string, string>> = process.env,
): RewardModel {
  const protocol = protocolOf(description);
  const caller = createCaller(protocol.url, keyHeaders(description, environment), description);
  return {
    name: `${description.protocol} ${caller.address}`,
    value: description.value,
    async score(items, { signal } = {}) {
      const rewards = new Float64Array(items.length);
      const failed = new AbortController();
      const within = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
      setMaxListeners(0, within);
      const batches = starts(items.length, protocol.batch).values();
      const work = async () => {
        for (const from of batches) {
          const batch = items.slice(from, from + protocol.batch);
          rewards.set(await ask(batch, protocol, caller, description.value, within), from);
        }
      };
      try {
        await Promise.all(Array.from({ length: description.concurrency }, work));
      } finally {
        // one batch without rewards is enough to have none: the others need not go on
        failed.abort();
      }
      return rewards;
    },
  };
}

async function ask(
  items: readonly RewardItem[],
  protocol: Protocol,
  { address, post }: Caller,
  value: string,
  signal: AbortSignal,
): Promise<number[]> {
  const answer = await post(() => protocol.request(items), signal);
  try {
    const rewards = protocol.rewards(answer, items.length);
    checkCount(rewards.length, items.length);
    checkFinite(rewards);
    return rewards;
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    throw new RemoteRewardError({ value, address, ...error.fault }, { cause: error });
  }
}

function protocolOf(description: RemoteDescription): Protocol {
  switch (description.protocol) {
    case "vllm-classify":
      return vllmClassify(description);
    case "vllm-pooling":
      return vllmPooling(description);
    case "vllm-score":
      return vllmScore(description);
    case "sglang":
      return sglang(description);
    case "tei":
      return tei(description);
    case "judge":
      return judge(description);
    case "url":
      return url(description);
  }
}

function keyHeaders(
  { value, keyFrom, keyHeader }: RemoteDescription,
  environment: Partial<Record<string, string>>,
): Record<string, string> {
  if (keyFrom === undefined) return {};
  const text = environment[keyFrom];
  if (text === undefined || text === "") {
    throw new InputError({
      problem: `the key of the remote reward of "${value}" is not there`,
      found: `no environment variable ${keyFrom}`,
      fix: `Set it: export ${keyFrom}=…`,
    });
  }
  const key = headerKey(text, keyFrom);
  return keyHeader === undefined ? { authorization: `Bearer ${key}` } : { [keyHeader]: key };
}

const starts = (count: number, size: number): number[] =>
  Array.from({ length: Math.ceil(count / size) }, (_, i) => i * size);
