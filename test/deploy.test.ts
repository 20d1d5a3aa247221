/**
 * No container engine runs the Dockerfile and the compose file in these tests, so they are held to what can be read: the
 * commands, flags, ports, paths and times that they use exist and agree. `balancer.test.ts` runs the balancer.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { registerServe } from "../src/cli/commands/serve.ts";

const service = z.object({
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const composeFile = z.object({
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

const root = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const dockerfile = read("Dockerfile");
const compose = composeFile.parse(parse(read("deploy/compose.yaml"), { merge: true }));
const balancer = read("deploy/balancer.conf");
const manifest = JSON.parse(read("package.json")) as {
  engines: { node: string };
  bin: { allgood: string };
  scripts: Record<string, string>;
};

/** The list after a word of the Dockerfile. */
function list(text: string, word: RegExp): string[] {
  const line = text.split("\n").find((each) => word.test(each));
  if (line === undefined) throw new Error(`no line like ${word}`);
  return JSON.parse(line.slice(line.indexOf("["))) as string[];
}

/** The servers of the compose file, by name. */
const replicas = Object.entries(compose.services).filter(([, { command }]) => command !== undefined);
const [, replica] = replicas[0]!;
const commands = { Dockerfile: list(dockerfile, /^CMD \[/), "compose.yaml": replica.command! };

function serveCommand(): Command {
  const program = new Command();
  registerServe(program, () => {});
  return program.commands[0]!;
}
const option = (args: readonly string[], flag: string) => args[args.indexOf(flag) + 1]!;
const byDefault = (name: string) => Number(serveCommand().opts()[name]);

describe.each(Object.entries(commands))("the command of %s", (_, args) => {
  test("is one that the command line takes", () => {
    const serve = serveCommand();
    expect(args[0]).toBe(serve.name());
    const known = serve.options.map(({ long }) => long);
    for (const flag of args.filter((arg) => arg.startsWith("--"))) expect(known).toContain(flag);
    serve.exitOverride().action(() => {});
    serve.parse(args.slice(1), { from: "user" });
    expect(serve.processedArgs[0]).toBe("/data/objective.json");
  });

  test("listens to the outside, with a key", () => {
    expect(option(args, "--host")).toBe("0.0.0.0");
    expect(args).toContain("--key-file");
  });
});

describe("Dockerfile", () => {
  test("copies what is there and what .dockerignore lets through", () => {
    const allowed = read(".dockerignore").trimEnd().split("\n");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \.\/\S*$/gm)].flatMap(([, names]) =>
      names!.split(" "),
    );
    expect(copied.length).toBeGreaterThan(5);
    for (const name of copied) {
      expect(existsSync(join(root, name)), name).toBe(true);
      expect(allowed).toContain(`!${name}`);
    }
  });

  test("builds with a script that exists, and runs what it makes", () => {
    const [, script] = /npm run (\S+)/.exec(dockerfile)!;
    expect(manifest.scripts).toHaveProperty(script!);
    expect(list(dockerfile, /^ENTRYPOINT/)).toEqual(["node", manifest.bin.allgood]);
  });

  test("on a Node that the package supports, in both stages, and not as root", () => {
    const majors = [...dockerfile.matchAll(/^FROM node:(\d+)/gm)].map(([, major]) => Number(major));
    expect(majors).toHaveLength(2);
    expect(new Set(majors).size).toBe(1);
    expect(majors[0]).toBeGreaterThanOrEqual(Number(/\d+/.exec(manifest.engines.node)![0]));
    expect(dockerfile.indexOf("USER node")).toBeGreaterThan(dockerfile.lastIndexOf("FROM"));
    expect(dockerfile.indexOf("USER node")).toBeLessThan(dockerfile.indexOf("ENTRYPOINT"));
  });

  test("gives Node a young generation that fits large requests, in a way that Node takes", () => {
    const [, options] = /^ENV .*NODE_OPTIONS=(\S+)/m.exec(dockerfile)!;
    expect(options).toMatch(/^--max-semi-space-size=\d+$/);
    expect(process.allowedNodeEnvironmentFlags.has(options!.split("=")[0]!)).toBe(true);
  });

  test("port and health check agree with the command", () => {
    const port = option(commands.Dockerfile, "--port");
    expect(dockerfile).toContain(`EXPOSE ${port}\n`);
    expect(list(dockerfile, /^HEALTHCHECK/).join(" ")).toContain(`http://127.0.0.1:${port}/readyz`);
  });
});

describe("compose file and balancer", () => {
  const upstreams = [...balancer.matchAll(/^ {2}upstream (\S+) \{([^}]+)\}/gm)].map(([, upstream, text]) => ({
    upstream,
    servers: [...text!.matchAll(/^\s+server (\S+):(\d+) resolve/gm)].map(([, name, port]) => ({
      name,
      port,
    })),
  }));
  const seconds = (text: string, key: RegExp) => Number(key.exec(text)![1]);

  test("the balancer has the two servers of the compose file, at their port, in both of its lists", () => {
    expect(replicas).toHaveLength(2);
    const port = option(commands["compose.yaml"], "--port");
    const servers = replicas.map(([name]) => ({ name, port }));
    expect(upstreams).toEqual([
      { upstream: "allgood", servers },
      { upstream: "allgood-all", servers },
    ]);
    for (const [name, { command }] of replicas) {
      expect(command).toEqual(replica.command);
      expect(compose.services.balancer!.depends_on[name]?.condition).toBe("service_healthy");
    }
  });

  test("the published port is the balancer's, whose configuration is mounted", () => {
    const [, listens] = /^\s+listen (\d+);/m.exec(balancer)!;
    const { ports, volumes } = compose.services.balancer!;
    expect(ports).toEqual([`8080:${listens}`]);
    const [mounted, place] = volumes[0]!.split(":");
    expect(existsSync(join(root, mounted!))).toBe(true);
    // a whole configuration, with the number of connections
    expect(place).toBe("/etc/nginx/nginx.conf");
    expect(balancer).toMatch(/^events \{/m);
  });

  test("its nginx resolves names while it runs", () => {
    const [, minor] = /^nginx:1\.(\d+)/.exec(compose.services.balancer!.image!)!;
    expect(Number(minor)).toBeGreaterThanOrEqual(28);
  });

  test("the key is a secret where the command looks for it", () => {
    const [name] = Object.keys(compose.secrets);
    expect(option(commands["compose.yaml"], "--key-file")).toBe(`/run/secrets/${name}`);
    for (const [, { secrets }] of replicas) expect(secrets).toContain(name);
  });

  test("times fit: the engine waits for the drain, the balancer for the deadline", () => {
    const drain = Number(option(commands["compose.yaml"], "--drain"));
    expect(seconds(replica.stop_grace_period!, /^(\d+)s$/)).toBeGreaterThan(drain);
    expect(seconds(balancer, /proxy_read_timeout (\d+)s/)).toBeGreaterThan(byDefault("deadline"));
    expect(seconds(balancer, / keepalive_timeout (\d+)s/)).toBeLessThan(75);
    expect(seconds(balancer, /client_max_body_size (\d+)m/)).toBe(byDefault("maxBody"));
  });
});
