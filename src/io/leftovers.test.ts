import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProcess } from "./other-process.fixture.ts";
import { createRowWriter, writeFileAtomic } from "./write.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "allgood-left-"));
});
afterAll(() => rm(root, { recursive: true }));

/** Another process that has begun to write a file; a line on its stdin makes it finish. */
async function writerOf(path: string) {
  const writer = startProcess(
    `
    import { openAtomic } from "./atomic-file.ts";
    const file = await openAtomic(${JSON.stringify(path)});
    await file.write(Buffer.from("theirs"));
    process.stdin.once("data", () => file.commit().then(() => process.exit(0)));
    console.log("begun");
  `,
    import.meta.dirname,
  );
  await writer.said("begun");
  return writer;
}

test("what a writer killed with -9 left is removed by the next; a living writer's file stays and gets whole", async () => {
  const path = join(root, "x.json");
  const [killed, living] = await Promise.all([writerOf(path), writerOf(path)]);
  const own = await createRowWriter(join(root, "mine.jsonl"));
  await killed.kill();
  const of = (pid: number | undefined) =>
    expect.stringMatching(new RegExp(`^\\.x\\.json\\..*-${pid}-.*\\.tmp$`));
  const mine = expect.stringMatching(/^\.mine\.jsonl\..*\.tmp$/);
  expect(await readdir(root)).toHaveLength(3);
  expect(await readdir(root)).toEqual(
    expect.arrayContaining([of(killed.child.pid), of(living.child.pid), mine]),
  );

  // this process has looked through the folder already: another one comes
  const next = startProcess(
    `
    import { writeFileAtomic } from "./write.ts";
    await writeFileAtomic(${JSON.stringify(path)}, "next");
    process.exit(0);
  `,
    import.meta.dirname,
  );
  expect(await next.finished).toMatchObject({ code: 0 });
  expect(await readFile(path, "utf8")).toBe("next");
  const left = await readdir(root);
  expect(left).toHaveLength(3);
  expect(left).toEqual(expect.arrayContaining([mine, of(living.child.pid), "x.json"]));

  living.child.stdin?.write("\n");
  expect(await living.finished).toMatchObject({ code: 0 });
  expect(await readFile(path, "utf8")).toBe("theirs");
  await own.close();
  expect((await readdir(root)).sort()).toEqual(["mine.jsonl", "x.json"]);
}, 30_000);

test("files of other names and folders are not touched", async () => {
  const folder = await mkdtemp(join(root, "others-"));
  const names = [
    ".x.tmp",
    ".x.json.1234.0badf00d.tmp",
    "x.00000000-1-1.0badf00d.tmp",
    ".lock.00000000-1-1.0badf00d",
  ];
  for (const name of names) await writeFile(join(folder, name), "");
  await writeFileAtomic(join(folder, "y"), "");
  expect((await readdir(folder)).sort()).toEqual([...names, "y"].sort());
});
