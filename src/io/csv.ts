import { isUtf8 } from "node:buffer";
import { pipeline, Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { InputError, show } from "./errors.ts";
import { invalidUtf8 } from "./jsonl.ts";
import { defaultMaxLineBytes, type Row } from "./row.ts";

type Parsed = { record: Buffer[]; info: { lines: number; empty_lines: number } };

/**
 * CSV or TSV with a header (RFC 4180). Rows are objects from column name to text. A record with too few or too many
 * fields, or bytes that are not UTF-8, is a bad row; blank lines are skipped. `line` is the record's first line.
 * @throws InputError: a duplicate or empty column name, misplaced or unclosed quotes, a record over `maxBytes`
 */
export async function* readCsv(
  file: string,
  chunks: AsyncIterable<Buffer>,
  delimiter: "," | "\t",
  maxBytes = defaultMaxLineBytes,
): AsyncGenerator<Row[]> {
  const parser = parse({
    delimiter,
    record_delimiter: ["\r\n", "\n"],
    encoding: null,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxBytes,
  });
  const source = Readable.from(chunks, { objectMode: false });
  pipeline(source, parser, () => {});
  let header: string[] | undefined;
  let before = { lines: 0, empty_lines: 0 };
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      const line = before.lines + 1 + info.empty_lines - before.empty_lines;
      before = info;
      if (header === undefined) header = parseHeader(file, line, record);
      else yield [parseRecord(file, line, header, record)];
    }
  } catch (error) {
    throw csvFault(error, file, before.lines + 1);
  } finally {
    source.destroy();
  }
}

function parseHeader(file: string, line: number, record: readonly Buffer[]): string[] {
  if (!record.every((name) => isUtf8(name))) throw invalidUtf8(file, line);
  const names = record.map((name) => name.toString());
  const empty = names.findIndex((name) => name.trim() === "");
  if (empty !== -1) {
    throw new InputError({
      problem: "a column of the header has no name",
      file,
      line,
      found: `column ${empty + 1}`,
    });
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return names;
  const fix = "Rename one of them";
  throw new InputError({
    problem: "two columns of the header have one name",
    file,
    line,
    found: show(twice),
    fix,
  });
}

function parseRecord(file: string, line: number, header: readonly string[], record: readonly Buffer[]): Row {
  if (record.length !== header.length) {
    const found = `${record.length} fields`;
    const fix = "Quote fields that hold the delimiter or a line break";
    return {
      line,
      error: new InputError({
        problem: "wrong number of fields",
        file,
        line,
        found,
        expected: `${header.length}`,
        fix,
      }),
    };
  }
  if (!record.every((field) => isUtf8(field))) return { line, error: invalidUtf8(file, line) };
  return { line, value: Object.fromEntries(header.map((name, i) => [name, record[i]!.toString()])) };
}

const quoteFix = 'A quote inside a quoted field is written twice: ""';
const csvProblems: Record<string, { problem: string; fix: string }> = {
  CSV_QUOTE_NOT_CLOSED: { problem: "a quoted field is not closed before the end of the file", fix: quoteFix },
  CSV_INVALID_CLOSING_QUOTE: { problem: "text follows a closing quote", fix: quoteFix },
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: { problem: "text follows a closing quote", fix: quoteFix },
  INVALID_OPENING_QUOTE: { problem: "a quote stands inside a field that is not quoted", fix: quoteFix },
  CSV_MAX_RECORD_SIZE: { problem: "a record is too long; perhaps a quote is never closed", fix: quoteFix },
};

function csvFault(error: unknown, file: string, line: number): unknown {
  if (!(error instanceof CsvError)) return error;
  const known = csvProblems[error.code] ?? { problem: error.message, fix: "Check the file in a spreadsheet" };
  return new InputError({ ...known, file, line }, { cause: error });
}
