import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "preact/hooks";
import { useWidth } from "./use-width.ts";

type Props = {
  /** What it says, in a sentence: the picture's name to assistive technology. */
  alternative: string;
  /** Plot's options at a width in CSS pixels; colours are the page's variables. */
  options: (width: number) => Plot.PlotOptions;
  /** The numbers that `options` draws from: the picture is drawn again when one of them changes. */
  data: readonly unknown[];
};

/** Observable Plot under the page's content security policy: its own style element is left out. */
export function PlotPicture({ alternative, options, data }: Props) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const drawn = useRef<Element>();
  useEffect(() => {
    if (width === 0 || frame.current === null) return;
    const picture = Plot.plot({ className: "plot", style: { fontSize: "12px" }, ...options(width), width });
    picture.querySelector("style")?.remove();
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", alternative);
    // Plot names its parts for assistive technology; one image has one name
    for (const part of picture.querySelectorAll("[aria-label], [aria-description]")) {
      part.removeAttribute("aria-label");
      part.removeAttribute("aria-description");
    }
    drawn.current?.remove();
    drawn.current = picture;
    frame.current.append(picture);
    // `options` is made anew at each drawing; `data` says what it draws
  }, [width, alternative, ...data]);
  return <div class="picture" ref={frame} />;
}
