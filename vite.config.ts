import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { SCHEMES } from "./src/report/style.ts";

/** `virtual:palette.css`: the colours of the reports, for the studio; see src/studio/theme.ts. */
function palette(): Plugin {
  const id = "virtual:palette.css";
  const rule = (selector: string, scheme: Record<string, string>) =>
    `${selector}{${Object.entries(scheme)
      .map(([name, colour]) => `--${name}:${colour}`)
      .join(";")}}`;
  const { light, dark } = SCHEMES;
  return {
    name: "palette",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (source) =>
      source === `\0${id}`
        ? [
            rule(":root", light),
            `@media screen and (prefers-color-scheme:dark){${rule(":root:not([data-theme=light])", dark)}}`,
            `@media screen{${rule(":root[data-theme=dark]", dark)}}`,
          ].join("\n")
        : undefined,
  };
}

/** The studio, as `allgood view` serves it: no inline script or style, nothing from the network. */
export default defineConfig({
  root: join(import.meta.dirname, "src/studio"),
  base: "./",
  publicDir: false,
  plugins: [palette()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: {
    format: "es",
    rolldownOptions: {
      // its list of codecs would start WebAssembly, which the content security policy refuses; the audit names its own
      treeshake: { moduleSideEffects: [{ test: /hyparquet-compressors/, sideEffects: false }] },
    },
  },
  build: {
    outDir: join(import.meta.dirname, "dist/studio"),
    emptyOutDir: true,
    target: "es2023",
    // an inlined asset would be a data: URL, which the content security policy refuses
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
});
