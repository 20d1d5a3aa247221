import pc from "picocolors";

/**
 * Colours for text on stdout: on a terminal and nowhere else, and not where NO_COLOR is set. picocolors' own guess also
 * colours pipes and files when CI or FORCE_COLOR is in the environment, and a program that reads our text would choke.
 */
export const colours = pc.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);
