import type { CsvRecord } from "./csv.ts";

/** What is used of csv-parse's stream, which is another class in Node than in a browser. */
type CsvParser<Input> = {
  on(event: "data", heard: (record: CsvRecord) => void): unknown;
  on(event: "error", heard: (error: Error) => void): unknown;
  on(event: "end", heard: () => void): unknown;
  write(input: Input, encoding: "latin1", done: () => void): unknown;
  end(): unknown;
};

/**
 * The records of the chunks, a piece after the other. Those before a fault are yielded before it is thrown, since they
 * tell its line.
 * @param input a piece as the parser takes it
 * @throws what the parser or the chunks throw
 */
export async function* recordsOf<Input>(
  parser: CsvParser<Input>,
  chunks: AsyncIterable<Uint8Array>,
  input: (bytes: Uint8Array) => Input,
): AsyncGenerator<CsvRecord[]> {
  let records: CsvRecord[] = [];
  const take = () => {
    const taken = records;
    records = [];
    return taken;
  };
  parser.on("data", (record) => records.push(record));
  const failed = new Promise<never>((_, reject) => parser.on("error", reject));
  // a fault while nobody waits is met at the next wait
  failed.catch(() => undefined);
  const ended = new Promise<void>((resolve) => parser.on("end", resolve));
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => parser.write(input(bytes), "latin1", resolve));
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE) {
        await Promise.race([write(chunk.subarray(at, at + PIECE)), failed]);
        yield take();
      }
    }
    parser.end();
    await Promise.race([ended, failed]);
  } catch (error) {
    yield take();
    throw error;
  }
  yield take();
}

/** Bytes parsed at a time: few records in memory, and a browser's worker hears messages in between. */
const PIECE = 2 ** 18;
