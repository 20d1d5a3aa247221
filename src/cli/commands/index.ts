import type { Register } from "../command.ts";
import { registerAlign } from "./align.ts";
import { registerAudit } from "./audit.ts";
import { registerCalibrate } from "./calibrate.ts";
import { registerData } from "./data.ts";
import { registerDemo } from "./demo.ts";
import { registerGoal } from "./goal.ts";
import { registerLm } from "./lm.ts";
import { registerReward } from "./reward.ts";
import { registerScore } from "./score.ts";

/** Every command, in the order that `allgood --help` lists them. */
export const registerCommands: Register = (program, report) => {
  for (const register of [
    registerDemo,
    registerGoal,
    registerData,
    registerLm,
    registerReward,
    registerCalibrate,
    registerScore,
    registerAlign,
    registerAudit,
  ])
    register(program, report);
};
