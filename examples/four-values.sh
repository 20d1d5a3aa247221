#!/usr/bin/env bash
# Four values from public preference data: four models, one goal, one report for each set of candidates.
#
# Usage: examples/four-values.sh [DATA] [OUT]
#
# The models that choose are trained on one half of the training prompts, the judges on the other half, so that a
# choice is not judged by the model that made it.
set -euo pipefail
data=${1:-../shared/data}
out=${2:-runs/four-values}
goal="helpful and harmless and factual and creative"
hh=$data/hh-rlhf
declare -A pairs=(
  [helpful]=$hh/helpful-base/test.jsonl.gz
  [harmless]=$hh/harmless-base/test.jsonl.gz
  [factual]=$data/finegrained-rlhf/dev_feedback.json.gz
  [creative]=$data/dsp/domain_specific_preference.test.json.gz
)
values=(helpful harmless factual creative)
models=() judges=() files=()
for value in "${values[@]}"; do
  npx allgood reward train --value "$value" --data "${pairs[$value]}" --half 1 --seed 1 --out "$out/models/$value"
  npx allgood reward train --value "$value" --data "${pairs[$value]}" --half 2 --seed 1 --out "$out/judges/$value"
  models+=("$out/models/$value") judges+=("$out/judges/$value") files+=("${pairs[$value]}")
done
npx allgood reward eval --model "${models[@]}" --data "${files[@]}" --out "$out/rewards"

for candidates in factual creative; do
  run=$out/$candidates-candidates
  npx allgood calibrate --model "${models[@]}" --data "${pairs[$candidates]}" --goal "$goal" --out "$run/objective.json"
  npx allgood align best-of-k --objective "$run/objective.json" --candidates "${pairs[$candidates]}" \
    --judge "${judges[@]}" --rewards "$out/rewards/evaluation.json" --out "$run"
  npx allgood audit "$run/scores.jsonl" --columns helpful,harmless,factual,creative --out "$run/audit"
done
