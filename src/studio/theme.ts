/**
 * Dark or light: as the system has it, or as the reader chose on this machine. The colours themselves are CSS variables
 * (vite.config.ts takes them from src/report/style.ts).
 * @module
 */

export type Theme = "system" | "light" | "dark";

const KEY = "allgood-theme";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

export function readTheme(): Theme {
  const stored = storage()?.getItem(KEY);
  return THEMES.find((theme) => theme === stored) ?? "system";
}

/** Applies a theme and keeps it for the next visit. */
export function setTheme(theme: Theme): void {
  storage()?.setItem(KEY, theme);
  apply(theme);
}

export const startTheme = (): void => apply(readTheme());

function apply(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Undefined where the browser keeps nothing, as in some private windows. */
function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
