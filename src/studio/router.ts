/**
 * Hash routes: `#/`, `#/run/<name>`, `#/label`, `#/audit`, each with an optional query (`#/?with=a&with=b`).
 * @module
 */
import { useEffect, useState } from "preact/hooks";

export type Route = {
  /** First part of the path: the page's name, "" for the first page. */
  page: string;
  /** The other parts, decoded. A run's name with slashes in it is one part. */
  parts: string[];
  query: URLSearchParams;
};

/** Reads `#/page/part?query`; a hash of another form is the first page. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [page = "", ...parts] = path.split("/").map(decode);
  return { page, parts: parts.filter((part) => part !== ""), query: new URLSearchParams(query) };
}

/** The address of a page, for `href`. */
export function href(page: string, parts: readonly string[] = [], query = new URLSearchParams()): string {
  const path = [page, ...parts].map(encodeURIComponent).join("/");
  const search = query.toString();
  return `#/${path}${search === "" ? "" : `?${search}`}`;
}

/** Changes the query of the page that is shown, without a step in the browser's history. */
export function replaceQuery({ page, parts }: Route, query: URLSearchParams): void {
  history.replaceState(history.state, "", href(page, parts, query));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

let lastList = href("");

/** The table of runs as it was left: with its filters and what was ticked. */
export const listAddress = (): string => lastList;

/** The current route; the component is drawn again when it changes. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    const { page, query } = route;
    if (page === "") lastList = href("", [], query);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [route]);
  return route;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
