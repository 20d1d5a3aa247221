import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppOptions } from "./app.ts";
import { nativeProtocol } from "./protocols/native.ts";
import { nemoGymProtocol } from "./protocols/nemo-gym.ts";
import { openRlhfProtocol } from "./protocols/openrlhf.ts";
import type { ScoreService } from "./score-service.ts";

/** All protocols of an objective, and their description at `GET /openapi.json`. */
export function objectiveRoutes(service: ScoreService): Required<Pick<AppOptions, "json" | "mount">> {
  const protocols = [nativeProtocol(service), openRlhfProtocol(service), nemoGymProtocol(service)];
  const described = new OpenAPIHono();
  for (const { documented } of protocols) {
    for (const route of documented) described.openAPIRegistry.registerPath(route);
  }
  described.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Allgood",
      version: "1",
      description: "Rewards for several human values, transformed and combined under one objective.",
    },
  });
  return {
    json: protocols.flatMap(({ json }) => json),
    mount(app) {
      for (const { mount } of protocols) mount?.(app);
      app.route("/", described);
    },
  };
}
