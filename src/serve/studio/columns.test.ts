import fc from "fast-check";
import { expect, test } from "vitest";
import { packColumns, unpackColumns } from "./columns.ts";

test("every column comes back, bit for bit", () => {
  const doubles = fc.float64Array({ maxLength: 9 });
  const columns = fc.dictionary(fc.string(), fc.oneof(doubles, fc.int32Array(), fc.uint8Array()), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(columns, (given) => {
      const found = unpackColumns(packColumns(given).buffer);
      expect(Object.keys(found).sort()).toEqual(Object.keys(given).sort());
      for (const [name, column] of Object.entries(given)) expect(found[name]).toEqual(column);
    }),
  );
});
