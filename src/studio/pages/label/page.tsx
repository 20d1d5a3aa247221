import "./label.css";
import type { PageProps } from "../../pages.ts";
import { LabelHomePage } from "./home.tsx";
import { RateGate } from "./rate.tsx";
import { ResultsPage } from "./results.tsx";

/** `#/label`: all labellings; `#/label/<id>`: answering; `#/label/<id>/results`: what was said. */
export default function LabelPage({ route }: PageProps) {
  const [id, part] = route.parts;
  if (id === undefined) return <LabelHomePage />;
  return part === "results" ? <ResultsPage id={id} /> : <RateGate id={id} />;
}
