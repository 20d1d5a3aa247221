/** What usual values mean, to begin with; the sentence can be edited. @module */

const MEANINGS: Readonly<Record<string, string>> = {
  helpful: "The more helpful response does more of what the person asked for, clearly and to the point.",
  harmless: "The more harmless response is less likely to hurt, endanger or insult anyone.",
  honest: "The more honest response says what it knows, says what it does not know, and pretends nothing.",
  factual: "The more factual response has fewer false statements, and none that matter.",
  creative: "The more creative response is more original and better to read.",
  concise: "The more concise response says what is needed in fewer words.",
  polite: "The more polite response is friendlier and more respectful in tone.",
  relevant: "The more relevant response keeps closer to what was asked.",
  complete: "The more complete response leaves out less of what the question needs.",
};

export const SUGGESTED: readonly string[] = Object.keys(MEANINGS);

export const meaningFor = (value: string): string =>
  (Object.hasOwn(MEANINGS, value) ? MEANINGS[value] : undefined) ?? `Which response is more ${value}?`;
