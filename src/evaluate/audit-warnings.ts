import type { AuditWarning, ColumnAudit } from "./audit-types.ts";

type Rule = { code: AuditWarning["code"]; holds: boolean; text: string };

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const short = (x: number): string => String(Number(x.toPrecision(3)));

/** What in a column of rewards would mislead a combination. Thresholds are rules of thumb, said in each text. */
export function columnWarnings(column: Omit<ColumnAudit, "warnings">, rows: number): AuditWarning[] {
  const { name, std } = column;
  if (std === 0) {
    return [{ code: "constant", text: `${name}: all rewards are equal, so it can't choose anything.` }];
  }
  return [...scaleRules(column, rows), ...rankingRules(column)]
    .filter(({ holds }) => holds)
    .map(({ code, text }) => ({ code, text: `${name}: ${text}` }));
}

function scaleRules(
  { min, max, mean, std, saturation }: Omit<ColumnAudit, "warnings">,
  rows: number,
): Rule[] {
  const { distinct, atMin, atMax } = saturation;
  const fewLevels = distinct <= 10 && rows >= 5 * distinct;
  const piled = Math.max(atMin, atMax);
  return [
    {
      code: "squashed",
      holds: min >= 0 && max <= 1,
      text: "all rewards lie in 0…1, so it looks squashed already (a probability?). Differences near 0 and 1 are lost; take the raw score (the logit) if there is one.",
    },
    {
      code: "off-centre",
      holds: Math.abs(mean) >= 10 && Math.abs(mean) > 3 * std,
      text: `the mean is ${short(mean)}, ${short(Math.abs(mean) / std)} standard deviations from 0. Rewards are known up to a shift at each prompt, so this number means nothing; a sigmoid without a reference would be flat there.`,
    },
    { code: "few-levels", holds: fewLevels, text: `only ${distinct} different rewards in ${rows} rows.` },
    {
      code: "piled-at-bound",
      holds: !fewLevels && piled >= 0.1,
      text: `${percent(piled)} of the rewards equal the ${atMax >= atMin ? "greatest" : "least"} one: clipped or saturated.`,
    },
  ];
}

function rankingRules({ saturation, withinStd, betweenStd, length }: Omit<ColumnAudit, "warnings">): Rule[] {
  const within = length?.within;
  return [
    {
      code: "ties",
      holds: saturation.tiedBest >= 0.1,
      text: `several candidates tie for best at ${percent(saturation.tiedBest)} of the prompts.`,
    },
    {
      code: "between-prompt",
      holds: withinStd > 0 && betweenStd > 2 * withinStd,
      text: `prompts differ ${short(betweenStd / withinStd)} times as much as candidates of one prompt. No choice at a prompt can change that part; a reference per prompt removes it.`,
    },
    {
      code: "long-is-good",
      holds: within != null && within.value >= 0.3 && within.ci95[0] > 0,
      text: `longer responses score higher at the same prompt (Spearman ${short(within?.value ?? 0)}).`,
    },
    {
      code: "short-is-good",
      holds: within != null && within.value <= -0.3 && within.ci95[1] < 0,
      text: `shorter responses score higher at the same prompt (Spearman ${short(within?.value ?? 0)}).`,
    },
  ];
}
