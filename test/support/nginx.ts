import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** The nginx to test with: ALLGOOD_NGINX, or the one installed; undefined where there is none. */
export const nginx = [process.env.ALLGOOD_NGINX, "nginx", "/usr/sbin/nginx"].find(
  (name) => name !== undefined && isNginx(name),
);

function isNginx(name: string): boolean {
  try {
    execFileSync(name, ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const HOST = "127.0.0.4";

export type Balancer = { url: string; port: number; host: string; stop(): Promise<void> };

/**
 * Runs `deploy/balancer.conf` as it is, but for addresses and paths of files: servers by address, not by a name that is
 * resolved again and again, which Debian's nginx can't yet.
 *
 * @param folder for its files; made where absent
 * @param servers address and port by name
 */
export async function startBalancer(folder: string, servers: Record<string, string>): Promise<Balancer> {
  await mkdir(folder, { recursive: true });
  const port = await freePort(HOST);
  const config = placed(
    await readFile(resolve(import.meta.dirname, "../../deploy/balancer.conf"), "utf8"),
    folder,
    { ...servers, listen: `${HOST}:${port}` },
  );
  const file = join(folder, "nginx.conf");
  await writeFile(file, config);
  const log = join(folder, "error.log");
  const process = `daemon off; master_process off; pid ${join(folder, "nginx.pid")};`;
  const child = spawn(nginx!, ["-p", folder, "-c", file, "-e", log, "-g", process], { stdio: "ignore" });
  const ended = once(child, "exit");
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended:\n${await readFile(log, "utf8")}`);
    await wait(10);
  }
  return {
    ...{ url: `http://${HOST}:${port}`, port, host: HOST },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function placed(config: string, folder: string, places: Record<string, string>): string {
  const { listen, ...servers } = places;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const paths = temporary.map((name) => `${name}_temp_path ${join(folder, name)};`);
  let text = config
    .replace("http {", `http { access_log off; ${paths.join(" ")}`)
    .replace("listen 8080;", `listen ${listen};`);
  for (const [name, address] of Object.entries(servers))
    text = text.replaceAll(`server ${name}:8080 resolve`, `server ${address}`);
  if (/:8080|resolve /.test(text)) throw new Error(`an address is left in the configuration:\n${text}`);
  return text;
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
