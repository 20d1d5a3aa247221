import axe from "axe-core";
import type { Page } from "playwright-core";

type Violation = { id: string; nodes: { target: string[]; failureSummary?: string }[] };

/** What axe finds wrong by WCAG 2.2 A and AA, one line each: `color-contrast: main > p`. */
export async function axeComplaints(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const tags = JSON.stringify(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]);
  const found = (await page.evaluate(
    `axe.run({ runOnly: ${tags} }).then(({ violations }) => violations)`,
  )) as Violation[];
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}

/** Pixels that the page is wider than its window. */
export const overflow = async (page: Page): Promise<number> =>
  Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));

/** Everything that the page complains about, and every request that leaves the studio. */
export function watch(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // a server that is stopped on purpose can't be reached
    if (
      !message.text().includes("ERR_CONNECTION_REFUSED") &&
      !message.text().includes("ERR_INCOMPLETE_CHUNKED")
    )
      complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("blob:")) complaints.push(request.url());
  });
  return complaints;
}
