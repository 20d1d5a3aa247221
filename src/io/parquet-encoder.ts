import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { InputError, show } from "./errors.ts";
import { columnsOf, type Encoder, finite, refuseNewColumns, toJson } from "./row-encoder.ts";

type Column = { name: string; type: BasicType };

/**
 * One row group a batch. A column's type comes from the first batch: BOOLEAN, DOUBLE or STRING where all its values are
 * of that one type, JSON where they are nested, mixed or all absent. Every column may hold nulls.
 */
export function parquetEncoder(path: string): Encoder {
  const writer = new ByteWriter();
  let parquet: ParquetWriter | undefined;
  let columns: Column[] = [];
  let known = new Set<string>();
  let written = 0;

  const start = (rows: readonly Record<string, unknown>[]) => {
    columns = columnsOf(rows).map((name) => ({ name, type: columnType(rows.map((row) => row[name])) }));
    known = new Set(columns.map(({ name }) => name));
    const columnData = columns.map((column) => ({ ...column, data: [] }));
    return new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData }), createdBy: "allgood" });
  };
  const take = () => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  return {
    batchRows: 10_000,
    batchCharacters: 2 ** 25,
    encode(rows) {
      if (rows.length === 0) return new Uint8Array();
      parquet ??= start(rows);
      rows.forEach((row, i) => {
        refuseNewColumns(row, known, { file: path, line: written + i + 1 });
      });
      const columnData = columns.map(({ name, type }) => ({
        name,
        data: rows.map((row, i) => cell(row[name], type, { file: path, line: written + i + 1, field: name })),
      }));
      parquet.write({ columnData, rowGroupSize: rows.length });
      written += rows.length;
      return take();
    },
    finish() {
      parquet ??= start([]);
      parquet.finish();
      return take();
    },
  };
}

const basicTypes: Record<string, BasicType> = { boolean: "BOOLEAN", number: "DOUBLE", string: "STRING" };

function columnType(values: readonly unknown[]): BasicType {
  const types = new Set(
    values.filter((value) => value !== undefined && value !== null).map((value) => typeof value),
  );
  const [only = "object"] = types;
  return types.size === 1 ? (basicTypes[only] ?? "JSON") : "JSON";
}

function cell(
  value: unknown,
  type: BasicType,
  place: { file: string; line: number; field: string },
): unknown {
  if (value === undefined || value === null) return null;
  if (type === "JSON") return JSON.parse(toJson(value, place));
  if (basicTypes[typeof value] !== type) {
    throw new InputError({
      problem: "a column changes its type",
      ...place,
      found: show(value),
      expected: `a ${type} value as in the first rows`,
      fix: "Write JSONL, where rows may differ",
    });
  }
  return typeof value === "number" ? finite(value, place) : value;
}
