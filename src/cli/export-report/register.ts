import { type Command, Option } from "commander";
import { action, type Outcome } from "../command.ts";
import { type Exported, exitCode, exportReport, FORMATS, gateLines, type ReportOptions } from "./run.ts";

/** `allgood export report`. */
export function registerExportReport(parent: Command, report: (outcome: Outcome) => void): void {
  parent
    .command("report")
    .description("a run as one file that works offline, for people or for machines; and quality gates")
    .argument("<run>", "folder of align, frontier, reward train, reward eval or audit")
    .option("--out <file>", "where it goes (default: printed)")
    .addOption(
      new Option("--format <name>", "default: by the ending of --out, else md").choices([...FORMATS]),
    )
    .option("--gate <gate...>", 'exit with 100 unless this holds: "win_rate(helpful) >= 0.55"')
    .addHelpText(
      "after",
      '\nExamples:\n  allgood export report runs/demo --out report.html\n  allgood export report runs/demo --format md --gate "good_in_all.low >= 0.3" "kl <= 2"',
    )
    .action(
      action<ReportOptions>(report, async ([run], options, { note }) => {
        const exported = await exportReport(run!, options);
        if (options.out === undefined && exported.format !== "md")
          for (const line of gateLines(exported)) note(line);
        return { json: exported.summary, text: textOf(exported, options), exitCode: exitCode(exported) };
      }),
    );
}

/** The document where it is not written; Markdown says itself how the gates went. */
function textOf(exported: Exported, { out }: ReportOptions): string {
  return out === undefined ? exported.document : [...gateLines(exported), out].join("\n");
}
