import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";

type Options = Pick<VirtualizerOptions<HTMLElement, HTMLElement>, "count" | "estimateSize" | "getItemKey"> & {
  scroller: RefObject<HTMLElement>;
};

/** Only the rows in view are on the page, however many there are; rows may have any height. */
export function useVirtual({ scroller, ...options }: Options): Virtualizer<HTMLElement, HTMLElement> {
  const [, draw] = useReducer((round: number) => round + 1, 0);
  const instance = useRef<Virtualizer<HTMLElement, HTMLElement>>();
  const whole: VirtualizerOptions<HTMLElement, HTMLElement> = {
    overscan: 8,
    ...options,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => draw(undefined as never),
  };
  instance.current ??= new Virtualizer(whole);
  const virtual = instance.current;
  virtual.setOptions(whole);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());
  return virtual;
}
