import type { ComponentType } from "preact";
import type { Route } from "./router.ts";

export type PageProps = { route: Route };

export type Page = {
  /** In the navigation, unless it is reached from another page only. */
  title?: string;
  load(): Promise<{ default: ComponentType<PageProps> }>;
};
