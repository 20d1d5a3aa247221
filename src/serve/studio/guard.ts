/**
 * Who may ask. The server has no key, so a page of another site must not be able to use it: neither by a name that points
 * to 127.0.0.1 (DNS rebinding), nor by a request from a page that the person has open elsewhere (CSRF).
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { ServeError } from "../serve-error.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Nothing inline, nothing from the network; only our own pages may frame or read it. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Middleware: refuses what did not come from our own page, and what would change something without being a JSON POST. */
export function guard(): MiddlewareHandler {
  return async (c, next) => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    checkHost(c.req.header("host"));
    checkOrigin(c.req.header("host"), c.req.header("origin"), c.req.header("sec-fetch-site"), c.req.path);
    const { method } = c.req;
    if (method !== "GET" && method !== "HEAD") checkChange(method, c.req.header("content-type"), c.req.path);
    await next();
  };
}

/** The paths that may change something, all by POST. */
const CHANGING = /^\/api\/label(\/|$)/;

function checkHost(host = ""): void {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (LOOPBACK.has(name)) return;
  throw new ServeError(
    "bad_request",
    `the studio answers at 127.0.0.1 and localhost, not at ${JSON.stringify(host)}`,
  );
}

function checkOrigin(
  host: string | undefined,
  origin: string | undefined,
  site: string | undefined,
  path: string,
) {
  if (origin !== undefined && origin !== `http://${host}`)
    throw new ServeError("bad_request", `requests from ${JSON.stringify(origin)} are refused`);
  // a link from elsewhere may open the page, but no other site may ask for data
  if (path.startsWith("/api/") && (site === "cross-site" || site === "same-site"))
    throw new ServeError("bad_request", "requests from other sites are refused");
}

function checkChange(method: string, type: string | undefined, path: string): void {
  if (method !== "POST" || !CHANGING.test(path))
    throw new ServeError("bad_request", `${method} ${path} is not something that the studio does`);
  // a form can't send JSON without asking first, which no answer here allows
  if (type?.split(";")[0]?.trim().toLowerCase() !== "application/json")
    throw new ServeError("bad_request", "the body must be application/json");
}
