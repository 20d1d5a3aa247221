import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { Hono } from "hono";
import { ServeError } from "../serve-error.ts";
import { inside } from "./inside.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * The built page.
 * @param folder where `vite build` wrote it
 */
export function assetRoutes(folder: string): Hono {
  return new Hono().get("/*", async (c) => {
    const path = c.req.path === "/" ? "index.html" : decode(c.req.path.slice(1));
    const type = TYPES[extname(path)];
    if (type === undefined) throw new ServeError("not_found", `there is no ${c.req.path} here`);
    const body = await readFile(await inside(folder, path));
    c.header("content-type", type);
    // names under assets/ hold a hash of what is in them
    c.header(
      "cache-control",
      path.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    );
    return c.body(new Uint8Array(body));
  });
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ServeError("bad_request", "the path is not valid");
  }
}
