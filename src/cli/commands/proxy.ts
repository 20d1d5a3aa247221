import { action, type Register } from "../command.ts";
import { type ProxyFlags, proxyOptions } from "../proxy/options.ts";
import { serveProxy } from "../proxy/run.ts";
import { serveUntilStopped } from "../serve/run.ts";

/** `allgood proxy`: best-of-k before any OpenAI-compatible server. */
export const registerProxy: Register = (program, report) => {
  const command = program
    .command("proxy")
    .description("stand before an OpenAI-compatible server, and answer with the best of k samples");
  proxyOptions(command)
    .addHelpText("after", HELP)
    .action(
      action<ProxyFlags>(ignore, async (_, flags, context) => {
        await serveUntilStopped(flags, (parts) => serveProxy(flags, parts, context), report, context);
        return { json: null, text: "" };
      }),
    );
};

const HELP = `
Examples:
  allgood proxy --upstream http://localhost:8000/v1 --objective objective.json -k 8 --port 8081
  curl -s localhost:8081/v1/chat/completions -d '{"model":"NAME","messages":[{"role":"user","content":"Hi!"}]}'`;

/** The address is reported when it listens; at the end there is nothing more to say. */
const ignore = (): void => {};
