import type { Register } from "../command.ts";
import { registerAlign } from "./align.ts";
import { registerAudit } from "./audit.ts";
import { registerCalibrate } from "./calibrate.ts";
import { registerData } from "./data.ts";
import { registerDemo } from "./demo.ts";
import { registerExport } from "./export.ts";
import { registerFrontier } from "./frontier.ts";
import { registerGoal } from "./goal.ts";
import { registerLabel } from "./label.ts";
import { registerLm } from "./lm.ts";
import { registerProxy } from "./proxy.ts";
import { registerReward } from "./reward.ts";
import { registerScore } from "./score.ts";
import { registerServe } from "./serve.ts";
import { registerView } from "./view.ts";
import { registerWorld } from "./world.ts";

/** Every command, in the order that `allgood --help` lists them. */
export const registerCommands: Register = (program, report) => {
  for (const register of [
    registerDemo,
    registerGoal,
    registerData,
    registerLm,
    registerLabel,
    registerReward,
    registerCalibrate,
    registerScore,
    registerServe,
    registerProxy,
    registerAlign,
    registerFrontier,
    registerAudit,
    registerExport,
    registerView,
    registerWorld,
  ])
    register(program, report);
};
