import type { ComponentChildren } from "preact";
import type { Command } from "./keys.ts";

type Props = {
  value: string;
  canAnswer: boolean;
  canUndo: boolean;
  /** What the last act was. */
  said: string;
  onCommand(command: Command): void;
};

/** The answers as buttons, each with its keys; always in sight, at the bottom. */
export function AnswerBar({ value, canAnswer, canUndo, said, onCommand }: Props) {
  const button = (
    command: Command,
    keys: readonly string[],
    enabled: boolean,
    children: ComponentChildren,
  ) => (
    <button
      type="button"
      class={MAIN.has(command) ? "label-answer label-main" : "label-answer"}
      disabled={!enabled}
      aria-keyshortcuts={keys.join(" ")}
      onClick={() => onCommand(command)}
    >
      <span>{children}</span>
      <span class="label-keys" aria-hidden="true">
        {keys.map((key) => (
          <kbd key={key}>{SHOWN[key] ?? key}</kbd>
        ))}
      </span>
    </button>
  );
  return (
    <fieldset class="label-bar" aria-label={`Which is more ${value}?`}>
      {button("left", ["1", "ArrowLeft"], canAnswer, "Response 1")}
      {button("tie", ["0", "="], canAnswer, "Tie")}
      {button("right", ["2", "ArrowRight"], canAnswer, "Response 2")}
      <span class="label-rest">
        {button("skip", ["s"], canAnswer, "Skip")}
        {button("undo", ["u", "Backspace"], canUndo, "Undo")}
        {button("help", ["?"], true, "Help")}
        <span class="small sub label-said" aria-hidden="true">
          {said}
        </span>
      </span>
    </fieldset>
  );
}

/** What most answers are. */
const MAIN: ReadonlySet<Command> = new Set(["left", "right", "tie"]);

const SHOWN: Readonly<Record<string, string>> = { ArrowLeft: "←", ArrowRight: "→", Backspace: "⌫" };
