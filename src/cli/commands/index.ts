import type { Register } from "../command.ts";
import { registerGoal } from "./goal.ts";

/** Every command, in the order that `allgood --help` lists them. */
export const registerCommands: Register = (program, report) => {
  for (const register of [registerGoal]) register(program, report);
};
