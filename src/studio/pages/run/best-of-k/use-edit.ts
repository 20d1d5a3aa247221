import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { compileGoal, GoalError } from "../../../../objective/index.ts";
import { parseRoute, replaceQuery } from "../../../router.ts";
import type { Edit } from "./edit.ts";
import { editOfQuery, queryOf } from "./edit-address.ts";
import type { Outcome } from "./evaluate-edit.ts";
import type { Evaluator } from "./evaluator.ts";
import type { Run } from "./run.ts";

export type Editing = {
  /** The objective as the run had it. */
  own: Edit;
  /** The last edit whose goal can be used. */
  edit: Edit;
  /** The sentence as it stands in the field, right or wrong. */
  sentence: string;
  /** Why the sentence can't be used, with a caret under the place. */
  problem: string | undefined;
  /** Whether anything differs from the run. */
  edited: boolean;
  /** What the run's own objective chooses, and what the edited one does; undefined until they are known. */
  before: Outcome | undefined;
  after: Outcome | undefined;
  /** Whether `after` is still that of an earlier edit. */
  busy: boolean;
  failed: Error | undefined;
  setSentence(sentence: string): void;
  change(part: Partial<Omit<Edit, "goal">>): void;
  reset(): void;
};

/** The objective as the run had it. */
const editOf = ({ goal, gamma, values }: Run): Edit => ({
  goal,
  gamma,
  shift: Object.fromEntries(values.map(({ name }) => [name, 0])),
  temperature: Object.fromEntries(values.map(({ name, temperature }) => [name, temperature])),
});

/** The edit, and what comes of it as soon as the worker has it. */
export function useEdit(run: Run, evaluator: Evaluator): Editing {
  const own = useMemo(() => editOf(run), [run]);
  const [edit, setEdit] = useState(own);
  const [sentence, write] = useState(own.goal);
  const [before, setBefore] = useState<Outcome>();
  const [after, setAfter] = useState<Outcome>();
  const [done, setDone] = useState<Edit>();
  const [failed, setFailed] = useState<Error>();
  const names = useMemo(() => run.values.map(({ name }) => name), [run]);
  useEffect(() => {
    const show = (outcome: Outcome) => {
      setBefore((known) => known ?? outcome);
      setAfter(outcome);
      setDone(edit);
    };
    evaluator.evaluate(edit, show, setFailed);
  }, [edit, evaluator]);
  useAddress({ own, edit, ready: before !== undefined }, (kept) => {
    write(kept.goal);
    setEdit(kept);
  });
  const setSentence = useCallback(
    (next: string) => {
      write(next);
      if (problemOf(next, names) === undefined) setEdit((known) => ({ ...known, goal: next }));
    },
    [names],
  );
  const change = useCallback(
    (part: Partial<Omit<Edit, "goal">>) => setEdit((known) => ({ ...known, ...part })),
    [],
  );
  const reset = useCallback(() => {
    write(own.goal);
    setEdit(own);
  }, [own]);
  const edited = sentence !== own.goal || JSON.stringify(edit) !== JSON.stringify(own);
  const problem = useMemo(() => problemOf(sentence, names), [sentence, names]);
  return {
    own,
    edit,
    sentence,
    problem,
    edited,
    before,
    after,
    busy: done !== edit,
    failed,
    setSentence,
    change,
    reset,
  };
}

type Kept = { own: Edit; edit: Edit; ready: boolean };

/** Once the run's own objective is evaluated, takes up the edit that the address holds; from then on keeps it there. */
function useAddress({ own, edit, ready }: Kept, takeUp: (edit: Edit) => void): void {
  const taken = useRef(false);
  useEffect(() => {
    if (!ready) return;
    const route = parseRoute(location.hash);
    if (taken.current) {
      // not at every move of a slider: browsers refuse too many changes of the address
      const timer = setTimeout(() => replaceQuery(route, queryOf(edit, own)), 300);
      return () => clearTimeout(timer);
    }
    taken.current = true;
    if (route.query.size > 0) takeUp(editOfQuery(route.query, own));
  }, [ready, edit, own]);
}

function problemOf(sentence: string, names: readonly string[]): string | undefined {
  try {
    compileGoal(sentence, names);
    return undefined;
  } catch (error) {
    if (error instanceof GoalError) return error.message;
    throw error;
  }
}
