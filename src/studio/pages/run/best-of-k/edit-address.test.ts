import { expect, test } from "vitest";
import type { Edit } from "./edit.ts";
import { editOfQuery, queryOf } from "./edit-address.ts";

const own: Edit = {
  goal: "a and b_c",
  shift: { a: 0, b_c: 0 },
  temperature: { a: 1, b_c: 2 },
  gamma: null,
};

test("an edit read from its address is the edit; the run's own has an empty address", () => {
  expect(queryOf(own, own).size).toBe(0);
  const edits: Edit[] = [
    own,
    { ...own, goal: "a^2 or b_c", shift: { a: -0.25, b_c: 0 } },
    { ...own, temperature: { a: 1, b_c: 0.5 }, gamma: 0.3 },
  ];
  for (const edit of edits)
    expect(editOfQuery(new URLSearchParams(queryOf(edit, own).toString()), own)).toEqual(edit);
  const soft = { ...own, gamma: 0.5 };
  expect(editOfQuery(queryOf({ ...soft, gamma: null }, soft), soft).gamma).toBeNull();
});

test("what can't be used in an address is as the run had it", () => {
  const query = new URLSearchParams(
    "goal=a+and+(&soft=-1&shift.a=x&shift.b_c=Infinity&temperature.a=0&temperature.b_c=&other=1",
  );
  expect(editOfQuery(query, own)).toEqual(own);
});
