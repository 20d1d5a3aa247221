import "./audit.css";
import { label, visible } from "../../../report/text.ts";
import { ErrorBox } from "../../components/states.tsx";
import { Choices } from "./choices.tsx";
import { ChooseFile } from "./choose-file.tsx";
import { Findings } from "./findings.tsx";
import type { Progress } from "./messages.ts";
import { useAudit } from "./use-audit.ts";

/** `allgood audit` in the browser: a file of raw rewards goes in, nothing goes out. */
export default function AuditPage() {
  const [{ file, columns, progress, problem, audited, stopped }, { choose, audit, stop }] = useAudit();
  return (
    <div class="audit">
      <h1>Audit raw rewards</h1>
      <p class="sub">
        What reward columns are like, what adding them up would pick, and an objective to start from.
      </p>
      <ChooseFile onFile={choose} />
      {file !== undefined && (
        <p class="file">
          <bdi>
            <strong>{label(file.name, 120)}</strong>
          </bdi>{" "}
          <span class="note">{size(file.size)}</span>
        </p>
      )}
      {columns !== undefined && (
        <Choices
          key={`${file?.name} ${file?.lastModified}`}
          columns={columns}
          busy={progress !== undefined}
          onAudit={audit}
        />
      )}
      <div role="status">
        {progress !== undefined && <Running {...progress} onStop={stop} />}
        {stopped && <p class="state">Stopped. Nothing was kept.</p>}
      </div>
      {problem !== undefined && <ErrorBox title="This file can’t be audited" error={visible(problem)} />}
      {audited !== undefined && file !== undefined && <Findings {...audited} file={file.name} />}
    </div>
  );
}

function Running({ now, share, onStop }: Progress & { onStop: () => void }) {
  return (
    <div class="running row">
      <label>
        <span>{now}…</span>
        <progress max="1" value={share} />
      </label>
      <button type="button" onClick={onStop}>
        Stop
      </button>
    </div>
  );
}

function size(bytes: number): string {
  const [unit, name] = bytes < 1e6 ? [1e3, "kB"] : bytes < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(bytes / unit).toLocaleString("en-US", { maximumFractionDigits: 1 })} ${name}`;
}
