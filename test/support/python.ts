import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

/** The Python to test with: ALLGOOD_PYTHON, or the one on the path; undefined where there is none. */
export const python = [process.env.ALLGOOD_PYTHON, "python3", "python"].find(
  (name) => name !== undefined && isPython(name),
);

function isPython(name: string): boolean {
  try {
    execFileSync(name, ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Which of the modules this Python has. */
export function modules(names: readonly string[]): Set<string> {
  if (python === undefined) return new Set();
  const code = `import importlib.util as u, json, sys; print(json.dumps([n for n in sys.argv[1:] if u.find_spec(n)]))`;
  return new Set(JSON.parse(execFileSync(python, ["-c", code, ...names], { encoding: "utf8" })));
}

const root = resolve(import.meta.dirname, "../..");

/** Where `allgood_rewards` and its tests lie. */
export const PYTHON_PACKAGE = resolve(root, "integrations/python");

const command = (...args: string[]) => JSON.stringify([process.execPath, ...args]);

/** How Python's tests run the command line. ALLGOOD_COMMAND, a JSON list, overrules both. */
const COMMANDS = {
  built: command(resolve(root, "dist/cli/main.js")),
  sources: command("--import", "tsx", resolve(root, "src/cli/main.ts")),
};

/** The environment of a Python that imports `allgood_rewards` and its tests. */
export const pythonEnvironment = (run: keyof typeof COMMANDS) => ({
  ALLGOOD_COMMAND: COMMANDS[run],
  ...process.env,
  PYTHONPATH: PYTHON_PACKAGE,
  PYTHONDONTWRITEBYTECODE: "1",
});
