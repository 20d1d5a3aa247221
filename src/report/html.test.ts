import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { html, trusted } from "./html.ts";
import { visible } from "./text.ts";

type Node = { textContent: string; children: Iterable<Node>; getAttribute(name: string): string };

/** `<p title="…">…</p>` parsed. */
function parsed(text: string): { children: Node[]; p: Node } {
  const source = html`<p title="${text}">${text}</p>`.source;
  const { document } = parseHTML(`<!doctype html><html><body>${source}</body></html>`) as unknown as {
    document: { body: Node };
  };
  const children = [...document.body.children];
  return { children, p: children[0]! };
}

describe("html", () => {
  test("escapes text and numbers, keeps HTML, drops nothing-values, joins lists", () => {
    const list = ["a", "<"].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${list}</ul>${null}${undefined}${false}${0}${trusted("<hr>")}`.source).toBe(
      "<ul><li>a</li><li>&#60;</li></ul>0<hr>",
    );
  });
  test.each([
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</p></body></html><!--",
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "]]><![CDATA[",
  ])("keeps %j as text in content and attributes", (text) => {
    const { children, p } = parsed(text);
    expect(children).toHaveLength(1);
    expect([...p.children]).toHaveLength(0);
    expect(p.textContent).toBe(text);
    expect(p.getAttribute("title")).toBe(text);
  });
  test("any string comes back as the text it shows", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(fc.constantFrom("<", ">", '"', "'", "&", "script", "=", "/", "-->", "\u202e", "\u001b[0m"))
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const { children, p } = parsed(text);
        expect(children).toHaveLength(1);
        expect(p.textContent).toBe(visible(text));
        expect(p.getAttribute("title")).toBe(visible(text));
      }),
    );
  });
});
