/**
 * Starts the model servers of others.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Found, foundServers, type ServerKind } from "./found.ts";

export type RealServer = {
  url: string;
  /** The model's name there. */
  model: string;
  stop(): Promise<void>;
};

/** Until a server answers: vLLM takes a minute on a slow machine. */
const PATIENCE_MS = 360_000;

/** The server's command line, and what its model is called. */
type Start = (place: { found: Found; command: string; port: number }) => {
  program: string;
  args: string[];
  model: string;
};

const vllm =
  (folder: string, ...more: string[]): Start =>
  ({ found, command, port }) => ({
    program: join(dirname(command), "vllm"),
    args: [
      ...["serve", join(found.models, folder), "--served-model-name", folder, "--dtype", "float32"],
      ...[
        "--host",
        "127.0.0.1",
        "--port",
        String(port),
        "--enforce-eager",
        "--gpu-memory-utilization",
        "0.1",
      ],
      ...more,
    ],
    model: folder,
  });

/** On the processor, whatever the machine has: the models are tiny. */
const sglang =
  (folder: string, ...more: string[]): Start =>
  ({ found, command, port }) => ({
    program: command,
    args: [
      ...[
        "-m",
        "sglang.launch_server",
        "--model-path",
        join(found.models, folder),
        "--served-model-name",
        folder,
      ],
      ...["--device", "cpu", "--attention-backend", "torch_native", "--sampling-backend", "pytorch"],
      ...["--dtype", "float32", "--mem-fraction-static", "0.3", "--disable-cuda-graph"],
      ...["--host", "127.0.0.1", "--port", String(port), ...more],
    ],
    model: folder,
  });

const tools = ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"];

/** Servers that answer chat completions with the tiny policy. */
const CHAT: Record<ServerKind, Start> = {
  vllm: vllm("policy", ...tools),
  sglang: sglang("policy", "--tool-call-parser", "qwen"),
  transformers: ({ found, command, port }) => {
    const model = join(found.models, "policy");
    const main = "from transformers.cli.transformers import main; main()";
    const options = ["--host", "127.0.0.1", "--port", String(port), "--device", "cpu"];
    return { program: command, args: ["-c", main, "serve", model, ...options], model };
  },
  "llama-cpp-python": ({ found, command, port }) => ({
    program: command,
    args: [
      ...["-m", "llama_cpp.server", "--model", join(found.models, "policy.gguf"), "--model_alias", "policy"],
      ...["--n_ctx", "1024", "--host", "127.0.0.1", "--port", String(port)],
    ],
    model: "policy",
  }),
  "llama-server": ({ found, command, port }) => ({
    program: command,
    args: [
      ...["--model", join(found.models, "policy.gguf"), "--alias", "policy", "--ctx-size", "4096", "--jinja"],
      ...["--parallel", "4", "--host", "127.0.0.1", "--port", String(port)],
    ],
    model: "policy",
  }),
};

export const startChat = (kind: ServerKind): Promise<RealServer> => start(kind, CHAT[kind]);

/** vLLM with the tiny reward model. */
export const startVllmReward = (...more: string[]): Promise<RealServer> =>
  start("vllm", vllm("reward", "--runner", "pooling", ...more));

export const startSglangReward = (): Promise<RealServer> =>
  start("sglang", sglang("reward", "--is-embedding"));

async function start(kind: ServerKind, how: Start): Promise<RealServer> {
  const found = foundServers();
  const { command } = found.servers[kind]!;
  const port = await freePort();
  const { program, args, model } = how({ found, command, port });
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    // a group of its own: vLLM's engine is a child of its server
    detached: true,
    env: { ...QUIET, ...process.env, ...OFFLINE },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      log = `${log}${chunk}`.slice(-20_000);
    });
  const url = `http://127.0.0.1:${port}`;
  const stop = () => end(child);
  try {
    await answering(`${url}/v1/models`, child);
  } catch (error) {
    await stop();
    throw new Error(`${kind} did not start: ${program} ${args.join(" ")}\n${log}`, { cause: error });
  }
  return { url, model, stop };
}

const QUIET = { OMP_NUM_THREADS: "2", VLLM_CPU_KVCACHE_SPACE: "1", SGLANG_USE_CPU_ENGINE: "1" };
const OFFLINE = {
  HF_HUB_OFFLINE: "1",
  VLLM_NO_USAGE_STATS: "1",
  DO_NOT_TRACK: "1",
  PYTHONDONTWRITEBYTECODE: "1",
};

async function answering(url: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it exited with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await wait(250);
  }
  throw new Error(`no answer within ${PATIENCE_MS / 1000} s`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  process.kill(-child.pid, "SIGTERM");
  const late = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 15_000);
  await closed;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
