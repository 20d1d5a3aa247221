import type { Page } from "./pages.ts";

/** Every page by the first part of its path; each is loaded when it is opened. */
export const PAGES: Readonly<Record<string, Page>> = {
  "": { title: "Runs", load: () => import("./pages/run-list/page.tsx") },
  run: { load: () => import("./pages/run/page.tsx") },
  label: { title: "Label", load: () => import("./pages/label/page.tsx") },
  audit: { title: "Audit", load: () => import("./pages/audit/page.tsx") },
};
