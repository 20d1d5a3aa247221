import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../../io/errors.ts";

/**
 * Where the built page is: `dist/studio` of this package, whether this module runs from its source or from `dist`.
 * @throws InputError where it was not built
 */
export function studioAssets(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) {
      const assets = join(folder, "dist", "studio");
      if (existsSync(join(assets, "index.html"))) return assets;
      throw new InputError({
        problem: "the studio's page is not built",
        file: assets,
        fix: 'Run "npm run build"',
      });
    }
    if (folder === dirname(folder)) throw new TypeError("this module lies in no package");
  }
}
