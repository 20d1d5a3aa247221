import { expect, test } from "vitest";
import { href, parseRoute } from "./router.ts";

test.each([
  ["", "", []],
  ["#/", "", []],
  ["#/label", "label", []],
  ["#/run/runs%2Fa%20b", "run", ["runs/a b"]],
  ["#/run/%E0%A4%A", "run", ["%E0%A4%A"]],
])("%j is a page and its parts", (hash, page, parts) => {
  expect(parseRoute(hash)).toMatchObject({ page, parts });
});

test("an address read again is what it was made of, whatever is in it", () => {
  const query = new URLSearchParams([
    ["with", "a/b"],
    ["with", "c?d=#e&f"],
  ]);
  const route = parseRoute(href("run", ["x/y?z", "100 %"], query));
  expect(route.page).toBe("run");
  expect(route.parts).toEqual(["x/y?z", "100 %"]);
  expect(route.query.getAll("with")).toEqual(["a/b", "c?d=#e&f"]);
});
