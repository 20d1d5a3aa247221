import { commented, type ExportedFile, headLines, pythonString, type Recipe, shellWord } from "./recipe.ts";

/** What the names below were checked against; see `checked-options.fixture.ts`. */
const OPENRLHF_CHECKED =
  "OpenRLHF at 03912e47ef6c77d1a9f87fcd186218a28d2b0098 (openrlhf/cli/train_ppo_ray.py)";

/** An RLOO run with the KL in the reward: its objective is E[u] − γ KL, nothing is divided by a spread. */
export function exportOpenRlhf(recipe: Recipe): ExportedFile[] {
  return [
    { path: "train.sh", text: script(recipe), executable: true },
    { path: "reward_func.py", text: rewardFunc(recipe) },
  ];
}

function script(recipe: Recipe): string {
  const { urls, model, klWeight, samples } = recipe;
  return `#!/usr/bin/env bash
${commented(headLines(recipe, "openrlhf", OPENRLHF_CHECKED))}
#
# ./train.sh prompts.jsonl [more options of OpenRLHF]
# prompts.jsonl holds rows {"prompt": text or messages}. The server's key, if it has one: ALLGOOD_API_KEY.
set -euo pipefail
HERE="$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)"
PROMPTS="\${1:-prompts.jsonl}"
[ "$#" -gt 0 ] && shift
MODEL=${shellWord(model)}
SERVER=${shellWord(urls[0]!)}
GPUS="\${GPUS:-8}"
# Or ask the server itself: REWARD="$SERVER/get_reward". It reads prompts out of the common chat templates. Of several URLs,
# separated by commas, OpenRLHF reads the first answer only; several servers go into reward_func.py, or behind a balancer.
REWARD="\${REWARD:-$HERE/reward_func.py}"

curl -fsS "$SERVER/healthz" > /dev/null
PYTHONPATH="$HERE" python3 -m allgood_rewards.data openrlhf "$PROMPTS" "$HERE/train.jsonl"

# u = log p(goal) is far below −10 where several values fail at once. OpenRLHF clips the reward after it has subtracted what
# the prompt's other responses got, so the range lies on both sides of 0; its own, −10 to 10, would level such responses.
python3 -m openrlhf.cli.train_ppo_ray \\
   --actor.model_name_or_path "$MODEL" \\
   --reward.remote_url "$REWARD" \\
   --reward.clip_range -100 100 \\
   --algo.advantage.estimator rloo \\
   --algo.kl.init_coef ${klWeight} \\
   --algo.kl.estimator k1 \\
   --rollout.n_samples_per_prompt ${samples} \\
   --rollout.batch_size 128 \\
   --rollout.max_new_tokens 512 \\
   --rollout.temperature 1.0 \\
   --train.batch_size ${128 * samples} \\
   --actor.adam.lr 1e-6 \\
   --data.prompt_dataset "$HERE/train.jsonl" \\
   --data.input_key prompt \\
   --data.label_key label \\
   --data.apply_chat_template \\
   --data.max_len 2048 \\
   --actor.num_nodes 1 \\
   --actor.num_gpus_per_node "$GPUS" \\
   --ref.num_nodes 1 \\
   --ref.num_gpus_per_node "$GPUS" \\
   --vllm.num_engines "$GPUS" \\
   --vllm.tensor_parallel_size 1 \\
   --vllm.gpu_memory_utilization 0.6 \\
   --vllm.enable_sleep \\
   --ds.enable_sleep \\
   --ds.zero_stage 3 \\
   --ds.param_dtype bf16 \\
   --actor.gradient_checkpointing_enable \\
   --train.colocate_all \\
   --train.seed 1 \\
   --ckpt.output_dir "$HERE/trained" \\
   --logger.tensorboard_dir "$HERE/tensorboard" \\
   "$@"
`;
}

function rewardFunc(recipe: Recipe): string {
  const { objective, urls } = recipe;
  return `${commented(headLines(recipe, "openrlhf", OPENRLHF_CHECKED))}
#
# --reward.remote_url names this file; OpenRLHF calls reward_func(queries, prompts, labels). The label holds the prompt as
# it was before the chat template: the objective's references are by that.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from allgood_rewards import Client
from allgood_rewards.openrlhf import make_reward_func

CLIENT = Client([${urls.map(pythonString).join(", ")}], objective=${pythonString(objective.file.hash)})
reward_func = make_reward_func(CLIENT, prompt_from="label")
`;
}
