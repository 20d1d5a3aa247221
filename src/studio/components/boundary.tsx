import { Component, type ComponentChildren } from "preact";
import { ErrorBox } from "./states.tsx";

type Props = { children: ComponentChildren };
type State = { error: unknown };

/** Shows what went wrong inside, where the page would be left blank. */
export class Boundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static override getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render({ children }: Props, { error }: State) {
    if (error === undefined) return children;
    return (
      <ErrorBox title="The page failed" error={error} retry={() => this.setState({ error: undefined })} />
    );
  }
}
