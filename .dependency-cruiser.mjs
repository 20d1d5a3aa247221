/**
 * The house of docs/architecture.md: a folder may import those that stand below it, and no circle exists.
 * `may` names, for each folder of src/, the folders that it may import besides itself.
 */
const may = {
  cli: [
    "serve",
    "engine",
    "report",
    "frontier",
    "evaluate",
    "align",
    "policies",
    "world",
    "rewards",
    "models",
    "preferences",
    "stats",
    "io",
    "objective",
  ],
  studio: [
    "serve",
    "report",
    "frontier",
    "evaluate",
    "align",
    "rewards",
    "preferences",
    "stats",
    "io",
    "objective",
  ],
  report: ["frontier", "evaluate", "align", "stats", "io", "objective"],
  serve: ["align", "policies", "rewards", "models", "engine", "preferences", "stats", "io", "objective"],
  frontier: [
    "evaluate",
    "align",
    "policies",
    "world",
    "rewards",
    "models",
    "engine",
    "preferences",
    "stats",
    "io",
    "objective",
  ],
  evaluate: ["align", "policies", "rewards", "preferences", "stats", "io", "objective"],
  align: ["policies", "rewards", "models", "engine", "preferences", "stats", "io", "objective"],
  policies: ["models", "engine", "preferences", "stats", "io"],
  world: ["preferences", "stats"],
  rewards: ["engine", "models", "preferences", "stats", "io", "objective"],
  models: ["engine", "io", "stats"],
  engine: [],
  preferences: ["stats", "io"],
  stats: [],
  io: [],
  objective: [],
};

const arrows = Object.entries(may).map(([folder, below]) => ({
  name: `${folder}-imports-only-what-stands-below`,
  severity: "error",
  from: { path: `^src/${folder}/`, pathNot: "\\.(test|fixture)\\.ts$" },
  to: { path: "^src/", pathNot: `^src/(${[folder, ...below].join("|")})/` },
}));

export default {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "objective-has-no-dependency",
      comment: "it runs in a browser",
      severity: "error",
      from: { path: "^src/objective/", pathNot: "\\.(test|fixture)\\.ts$" },
      to: { pathNot: "^src/objective/" },
    },
    {
      name: "folders-are-known",
      comment: "a new folder of src/ gets its place in the list above",
      severity: "error",
      from: { path: `^src/(?!(${Object.keys(may).join("|")})/)` },
      to: {},
    },
    ...arrows,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types"] },
  },
};
