import { useState } from "preact/hooks";

/** Who answers: the name stands beside each answer, so that agreement between raters can be told. */
export function RaterForm({ name, onName }: { name: string; onName(name: string): void }) {
  const [text, setText] = useState(name);
  const [problem, setProblem] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const trimmed = text.trim();
    if (trimmed.toLowerCase() === "terminal")
      setProblem('"terminal" is who answers by the command line: choose another name.');
    else if (trimmed !== "") onName(trimmed);
  };
  return (
    <form class="label-rater" onSubmit={submit}>
      <h1>Who answers?</h1>
      <label class="label-field">
        <span>Your name</span>
        <input
          required
          maxLength={60}
          value={text}
          autocomplete="nickname"
          aria-describedby="label-rater-note"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p class="note" id="label-rater-note">
        It is written beside your answers. With the same name you go on where you stopped.
      </p>
      {problem !== "" && <p role="alert">{problem}</p>}
      <button type="submit" class="primary">
        Start
      </button>
    </form>
  );
}
