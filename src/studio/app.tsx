import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { visible } from "../report/text.ts";
import { Boundary } from "./components/boundary.tsx";
import { ErrorBox, Loading } from "./components/states.tsx";
import { ThemeChoice } from "./components/theme-choice.tsx";
import { PAGES } from "./page-list.ts";
import type { PageProps } from "./pages.ts";
import { href, type Route, useRoute } from "./router.ts";

/** The shell: navigation, theme, and the page of the route. */
export function App() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const path = `${route.page}/${route.parts.join("/")}`;
  const first = useRef(true);
  useEffect(() => {
    document.title = titleOf(route);
    // a new page is read from its start, by eye and by screen reader; not on the first load, where that is so anyway
    if (!first.current) main.current?.focus({ preventScroll: true });
    if (!first.current) scrollTo(0, 0);
    first.current = false;
  }, [path]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href={href("")}>
          <span aria-hidden="true">✓</span> Allgood studio
        </a>
        <nav aria-label="Pages">
          {Object.entries(PAGES).map(
            ([page, { title }]) =>
              title !== undefined && (
                <a key={page} href={href(page)} aria-current={isCurrent(page, route) ? "page" : undefined}>
                  {title}
                </a>
              ),
          )}
        </nav>
        <ThemeChoice />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Boundary key={path}>
          <PageOf route={route} />
        </Boundary>
      </main>
    </>
  );
}

const NOT_LOADED =
  'The studio\'s server does not answer, or is of another version by now. Is "allgood view" still running?';

/** `demo – Allgood studio`: tabs and histories are told apart. */
function titleOf({ page, parts }: Route): string {
  const name = parts[0] ?? (Object.hasOwn(PAGES, page) ? PAGES[page]?.title : undefined);
  return name === undefined ? "Allgood studio" : `${visible(name)} – Allgood studio`;
}

const isCurrent = (page: string, route: Route) => page === (route.page === "run" ? "" : route.page);

function PageOf({ route }: PageProps) {
  const [loaded, setLoaded] = useState<{ Page: ComponentType<PageProps> } | { failed: true }>();
  const page = Object.hasOwn(PAGES, route.page) ? PAGES[route.page] : undefined;
  useEffect(() => {
    page?.load().then(
      (module) => setLoaded({ Page: module.default }),
      () => setLoaded({ failed: true }),
    );
  }, [page]);
  if (page === undefined) {
    return <ErrorBox title="There is no such page" error={`#/${route.page}`} />;
  }
  if (loaded === undefined) return <Loading what="the page" />;
  // a browser remembers that a module failed: only loading everything anew asks for it again
  if ("failed" in loaded)
    return <ErrorBox title="The page can't be loaded" error={NOT_LOADED} retry={() => location.reload()} />;
  return <loaded.Page route={route} />;
}
