import { OpenAPIHono } from "@hono/zod-openapi";
import type { ServeEnv } from "./context.ts";
import { nativeProtocol } from "./protocols/native.ts";
import { nemoGymProtocol } from "./protocols/nemo-gym.ts";
import { openRlhfProtocol } from "./protocols/openrlhf.ts";
import type { ScoreService } from "./score-service.ts";

/** All protocols of an objective, and their description at `GET /openapi.json`. */
export function objectiveRoutes(service: ScoreService): OpenAPIHono<ServeEnv> {
  const app = new OpenAPIHono<ServeEnv>();
  nativeProtocol(app, service);
  openRlhfProtocol(app, service);
  nemoGymProtocol(app, service);
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Allgood",
      version: "1",
      description: "Rewards for several human values, transformed and combined under one objective.",
    },
  });
  return app;
}
