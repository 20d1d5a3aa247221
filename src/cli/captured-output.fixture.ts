import { afterEach, beforeEach, vi } from "vitest";

/** What the commands run by the current test have printed so far; nothing reaches the terminal. Call it at the top of a file. */
export function captureOutput(): { stdout: string; stderr: string } {
  const printed = { stdout: "", stderr: "" };
  beforeEach(() => {
    for (const stream of ["stdout", "stderr"] as const) {
      printed[stream] = "";
      vi.spyOn(process[stream], "write").mockImplementation((text) => {
        printed[stream] += text;
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());
  return printed;
}
