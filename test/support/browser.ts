import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

/** Whether there is a browser to test in; says so loudly where there is none. */
export const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  console.warn(`SKIPPED: no browser at ${executablePath}; set CHROMIUM_PATH to run the browser tests`);
}

/** Headless Chromium that asks nothing of the network. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
