import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { InputError } from "../../io/errors.ts";
import type { ServeEnv } from "../context.ts";
import { type Listening, listen } from "../listen.ts";
import { RequestsInFlight } from "../live-request.ts";
import { ServeError } from "../serve-error.ts";
import { assetRoutes } from "./assets.ts";
import { guard } from "./guard.ts";
import { labelRoutes } from "./label-routes.ts";
import { runRoutes } from "./run-routes.ts";

type StudioOptions = {
  /** The folder that is looked at; nothing outside it is read. */
  folder: string;
  /** The built page: `dist/studio`. */
  assets: string;
};

/** The studio: the built page, and what it asks for under `/api`. Reads only, but for the labels. */
function studioApp({ folder, assets }: StudioOptions): Hono<ServeEnv> {
  const app = new Hono<ServeEnv>();
  app.use(guard());
  app.use("/api/*", async (c, next) => {
    await next();
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-cache");
  });
  app.route("/api", runRoutes({ folder }));
  app.route("/api/label", labelRoutes({ folder }));
  app.all("/api/*", (c) => {
    throw new ServeError("not_found", `there is no ${c.req.method} ${c.req.path} here`);
  });
  app.route("/", assetRoutes(assets));
  app.onError((error, c) => {
    const { status, code, message } = describe(error);
    return c.json({ error: { code, message } }, status);
  });
  return app;
}

/**
 * Listens on this machine alone.
 * @param port 0 takes any free one
 * @throws InputError if the port is taken
 */
export function startStudio(options: StudioOptions, port: number): Promise<Listening> {
  return listen(getRequestListener(studioApp(options).fetch), {
    host: "127.0.0.1",
    port,
    requests: new RequestsInFlight(),
  });
}

/** The reader is the person who started the server, so that faults of files are theirs to read. */
function describe(error: Error): { status: ContentfulStatusCode; code: string; message: string } {
  if (error instanceof ServeError) return { status: error.status, code: error.code, message: error.message };
  if (error instanceof InputError) return { status: 422, code: "input", message: error.message };
  return { status: 500, code: "internal", message: `the studio failed: ${error.message}` };
}
