import { InputError, show } from "./errors.ts";
import { invalidUtf8 } from "./jsonl.ts";
import { defaultMaxLineBytes, type Row, type TextSource } from "./row.ts";

/** A record of csv-parse, run with `encoding: null` and `info: true`. */
export type CsvRecord = { record: Uint8Array[]; info: { lines: number; empty_lines: number } };

/** Options for csv-parse, in Node and in a browser. */
type CsvOptions = ReturnType<typeof csvOptions>;

/** Runs csv-parse over the chunks, batch by batch. @throws CsvError */
export type ParseRecords = (
  chunks: AsyncIterable<Uint8Array>,
  options: CsvOptions,
) => AsyncIterable<CsvRecord[]>;

const csvOptions = (delimiter: "," | "\t", maxBytes: number) => ({
  delimiter,
  record_delimiter: ["\r\n", "\n"],
  encoding: null,
  info: true,
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: maxBytes,
});

/**
 * CSV or TSV with a header (RFC 4180). Rows are objects from column name to text. A record with too few or too many
 * fields, or bytes that are not UTF-8, is a bad row; blank lines are skipped. `line` is the record's first line.
 * @throws InputError: a duplicate or empty column name, misplaced or unclosed quotes, a record over `maxBytes`
 */
export async function* readCsv(
  source: TextSource,
  parseRecords: ParseRecords,
  delimiter: "," | "\t",
): AsyncGenerator<Row[]> {
  const { file, chunks, maxBytes = defaultMaxLineBytes } = source;
  let header: string[] | undefined;
  let before = { lines: 0, empty_lines: 0 };
  try {
    for await (const batch of parseRecords(chunks, csvOptions(delimiter, maxBytes))) {
      const rows: Row[] = [];
      for (const { record, info } of batch) {
        const line = before.lines + 1 + info.empty_lines - before.empty_lines;
        before = info;
        if (header === undefined) header = parseHeader(source, line, record);
        else rows.push(parseRecord(source, line, header, record));
      }
      yield rows;
    }
  } catch (error) {
    throw csvFault(error, file, before.lines + 1);
  }
}

/** @returns undefined where a field is not UTF-8 */
function decodeFields({ decode }: TextSource, record: readonly Uint8Array[]): string[] | undefined {
  try {
    return record.map((field) => decode(field));
  } catch {
    return undefined;
  }
}

function parseHeader(source: TextSource, line: number, record: readonly Uint8Array[]): string[] {
  const { file } = source;
  const names = decodeFields(source, record);
  if (names === undefined) throw invalidUtf8(file, line);
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

function parseRecord(
  source: TextSource,
  line: number,
  header: readonly string[],
  record: readonly Uint8Array[],
): Row {
  const { file } = source;
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
  const fields = decodeFields(source, record);
  if (fields === undefined) return { line, error: invalidUtf8(file, line) };
  return { line, value: Object.fromEntries(header.map((name, i) => [name, fields[i]!])) };
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
  // by name: the parser's class for browsers is another one
  if (!(error instanceof Error && "code" in error && /^(CSV|INVALID)_/.test(String(error.code))))
    return error;
  const known = csvProblems[String(error.code)] ?? {
    problem: error.message,
    fix: "Check the file in a spreadsheet",
  };
  return new InputError({ ...known, file, line }, { cause: error });
}
