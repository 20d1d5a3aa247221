import { commented, type ExportedFile, headLines, pythonString, type Recipe, shellWord } from "./recipe.ts";

/** What the names below were checked against; see `checked-options.fixture.ts`. */
const VERL_CHECKED = "verl 0.9.1 (verl/trainer/config)";

/** RLOO with the KL in the reward: E[u] − γ KL. Per value: GDPO with the KL as a loss, since GDPO reads no total reward. */
export function exportVerl(recipe: Recipe): ExportedFile[] {
  return [
    { path: "train.sh", text: script(recipe), executable: true },
    { path: "reward.py", text: reward(recipe) },
  ];
}

function script(recipe: Recipe): string {
  const { urls, model, samples } = recipe;
  return `#!/usr/bin/env bash
${commented(headLines(recipe, "verl", VERL_CHECKED))}
#
# ./train.sh prompts.jsonl [more overrides of verl]
# prompts.jsonl holds rows {"prompt": text or messages}. The server's key, if it has one: ALLGOOD_API_KEY.
set -euo pipefail
HERE="$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)"
PROMPTS="\${1:-prompts.jsonl}"
[ "$#" -gt 0 ] && shift
MODEL=${shellWord(model)}
SERVER=${shellWord(urls[0]!)}
GPUS="\${GPUS:-8}"

curl -fsS "$SERVER/healthz" > /dev/null
# The reward depends on the prompt, which verl does not hand to reward functions: the data set carries it in extra_info.
PYTHONPATH="$HERE" python3 -m allgood_rewards.data verl "$PROMPTS" "$HERE/train.jsonl"

python3 -m verl.trainer.main_ppo \\
   reward.custom_reward_function.path="$HERE/reward.py" \\
   reward.custom_reward_function.name=compute_score \\
${advantage(recipe)
  .map((line) => `   ${line} \\`)
  .join("\n")}
   actor_rollout_ref.model.path="$MODEL" \\
   actor_rollout_ref.actor.optim.lr=1e-6 \\
   actor_rollout_ref.actor.ppo_mini_batch_size=128 \\
   actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=4 \\
   actor_rollout_ref.rollout.name=vllm \\
   actor_rollout_ref.rollout.n=${samples} \\
   actor_rollout_ref.rollout.temperature=1.0 \\
   actor_rollout_ref.rollout.tensor_model_parallel_size=1 \\
   actor_rollout_ref.rollout.gpu_memory_utilization=0.5 \\
   actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu=8 \\
   actor_rollout_ref.ref.log_prob_micro_batch_size_per_gpu=8 \\
   data.train_files="$HERE/train.jsonl" \\
   data.val_files="$HERE/train.jsonl" \\
   data.train_batch_size=128 \\
   data.max_prompt_length=1024 \\
   data.max_response_length=512 \\
   data.filter_overlong_prompts=True \\
   trainer.n_gpus_per_node="$GPUS" \\
   trainer.nnodes=1 \\
   trainer.total_epochs=1 \\
   trainer.val_before_train=False \\
   trainer.test_freq=-1 \\
   trainer.save_freq=100 \\
   trainer.project_name=allgood \\
   trainer.experiment_name=goal \\
   trainer.default_local_dir="$HERE/trained" \\
   "trainer.logger=[console]" \\
   "$@"
`;
}

function advantage({ klWeight, perValue }: Recipe): string[] {
  if (perValue === undefined) {
    return [
      "algorithm.adv_estimator=rloo",
      "algorithm.use_kl_in_reward=True",
      `algorithm.kl_ctrl.kl_coef=${klWeight}`,
    ];
  }
  return [
    "algorithm.adv_estimator=gdpo",
    shellWord(`+algorithm.gdpo_reward_keys=${hydraList(perValue.map(({ name }) => `"${name}/log_p"`))}`),
    shellWord(`+algorithm.gdpo_reward_weights=${hydraList(perValue.map(({ weight }) => weight.toString()))}`),
    "reward.reward_manager.name=gdpo",
    "actor_rollout_ref.actor.use_kl_loss=True",
    `actor_rollout_ref.actor.kl_loss_coef=${klWeight}`,
    // verl 0.9.1: the new trainer does not hand the values' rewards to GDPO
    "trainer.use_v1=False",
  ];
}

const hydraList = (entries: readonly string[]): string => `[${entries.join(",")}]`;

function reward(recipe: Recipe): string {
  const { objective, urls } = recipe;
  return `${commented(headLines(recipe, "verl", VERL_CHECKED))}
#
# reward.custom_reward_function.path names this file. The reward is u = log p(goal); p(goal) and every value's r, z, p and
# log_p stand beside it, for logs and for algorithm.gdpo_reward_keys.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from allgood_rewards import Client
from allgood_rewards.verl import compute_score_async

CLIENT = Client([${urls.map(pythonString).join(", ")}], objective=${pythonString(objective.file.hash)})


async def compute_score(data_source, solution_str, ground_truth, extra_info=None, **_):
    return await compute_score_async(data_source, solution_str, ground_truth, extra_info, url=CLIENT)
`;
}
