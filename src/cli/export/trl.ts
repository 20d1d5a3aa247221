import { commented, type ExportedFile, headLines, pythonString, type Recipe } from "./recipe.ts";

/** What the names below were checked against; see `checked-options.fixture.ts`. */
const TRL_CHECKED = "TRL 1.16.0";

/**
 * A GRPO run. The advantage is u less its mean over the prompt's group, not divided by the group's spread, so that β is γ
 * of E[u] − γ KL in nats; per value, TRL divides each value's spread out itself (GDPO).
 */
export function exportTrl(recipe: Recipe): ExportedFile[] {
  return [{ path: "train.py", text: script(recipe) }];
}

function script(recipe: Recipe): string {
  const { urls, model, klWeight, samples, perValue } = recipe;
  const server = urls.length === 1 ? pythonString(urls[0]!) : `[${urls.map(pythonString).join(", ")}]`;
  return `${commented(headLines(recipe, "trl", TRL_CHECKED))}
#
# pip install trl, then: python train.py prompts.jsonl
# prompts.jsonl holds rows {"prompt": text or messages}. The server's key, if it has one: ALLGOOD_API_KEY.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from allgood_rewards import Client
from allgood_rewards.trl import ${perValue ? "per_values" : "combined"}

MODEL = ${pythonString(model)}
SERVER = ${server}
# the run stops where the server serves another
OBJECTIVE = ${pythonString(recipe.objective.file.hash)}
GRPO = dict(
    output_dir="trained",
    learning_rate=1e-6,
    per_device_train_batch_size=${samples},
    gradient_accumulation_steps=8,
    num_generations=${samples},
    max_completion_length=512,
    temperature=1.0,
    # γ in E[u] − γ KL(π ‖ ${oneWord(model)})
    beta=${klWeight},
${combination(recipe)}
    logging_steps=1,
    save_steps=100,
    seed=1,
    report_to="none",
)


def reward_funcs():
    client = Client(SERVER, objective=OBJECTIVE)
    return ${perValue ? `per_values(client, [${perValue.map(({ name }) => pythonString(name)).join(", ")}])` : "combined(client)"}


def conversation(row):
    prompt = row["prompt"]
    return {"prompt": [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt}


def main(prompts):
    from datasets import load_dataset
    from trl import GRPOConfig, GRPOTrainer

    trainer = GRPOTrainer(
        model=MODEL,
        reward_funcs=reward_funcs(),
        args=GRPOConfig(**GRPO),
        train_dataset=load_dataset("json", data_files=prompts, split="train").map(conversation),
    )
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "prompts.jsonl")
`;
}

function combination({ perValue }: Recipe): string {
  const lines = perValue
    ? [
        "# GDPO: each value's spread within the group is made 1 before the weighted sum",
        'multi_objective_aggregation="normalize_then_sum",',
        `reward_weights=[${perValue.map(({ weight }) => weight.toString()).join(", ")}],`,
      ]
    : [
        "# u is in nats, as is the KL: dividing u by its spread would let β mean another thing at every prompt",
        'scale_rewards="none",',
      ];
  return lines.map((line) => `    ${line}`).join("\n");
}

const oneWord = (model: string) => model.replace(/[^\w./-]/g, "_");
