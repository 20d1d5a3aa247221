import { useState } from "preact/hooks";
import { readTheme, setTheme, THEMES } from "../theme.ts";

const NAMES = { system: "As the system", light: "Light", dark: "Dark" } as const;

/** Dark, light, or as the system has it. */
export function ThemeChoice() {
  const [theme, choose] = useState(readTheme);
  const pick = (value: string) => {
    const next = THEMES.find((each) => each === value) ?? "system";
    setTheme(next);
    choose(next);
  };
  return (
    <label class="theme">
      <span>Colours</span>
      <select value={theme} onChange={(event) => pick(event.currentTarget.value)}>
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {NAMES[each]}
          </option>
        ))}
      </select>
    </label>
  );
}
