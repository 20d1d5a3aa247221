/** An edit in the page's address, so that a reload, the way back or a link to somebody else keeps it. @module */
import { compileGoal } from "../../../../objective/index.ts";
import type { Edit } from "./edit.ts";

/** What an edit changed about the run's own objective. */
export function queryOf(edit: Edit, own: Edit): URLSearchParams {
  const query = new URLSearchParams();
  if (edit.goal !== own.goal) query.set("goal", edit.goal);
  if (edit.gamma !== own.gamma) query.set("soft", edit.gamma === null ? "no" : String(edit.gamma));
  for (const part of ["shift", "temperature"] as const)
    for (const [name, value] of Object.entries(edit[part]))
      if (value !== own[part][name]) query.set(`${part}.${name}`, String(value));
  return query;
}

/** The edit of an address; what can't be used there is as the run had it. */
export function editOfQuery(query: URLSearchParams, own: Edit): Edit {
  const soft = query.get("soft");
  return {
    goal: usable(query.get("goal"), own),
    gamma: soft === "no" ? null : (positive(soft) ?? own.gamma),
    shift: numbers(own.shift, (name) => finite(query.get(`shift.${name}`))),
    temperature: numbers(own.temperature, (name) => positive(query.get(`temperature.${name}`))),
  };
}

function usable(goal: string | null, own: Edit): string {
  if (goal === null) return own.goal;
  try {
    compileGoal(goal, Object.keys(own.temperature));
    return goal;
  } catch {
    return own.goal;
  }
}

const numbers = (own: Readonly<Record<string, number>>, read: (name: string) => number | undefined) =>
  Object.fromEntries(Object.entries(own).map(([name, value]) => [name, read(name) ?? value]));

const finite = (text: string | null): number | undefined => {
  const x = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(x) ? x : undefined;
};

const positive = (text: string | null): number | undefined => {
  const x = finite(text);
  return x !== undefined && x > 0 ? x : undefined;
};
