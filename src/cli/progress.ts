/** One status line that overwrites itself; silent unless the stream is a terminal. */
export type Progress = {
  /** Shows `text`, at most ten times a second. */
  show(text: string): void;
  clear(): void;
};

export function createProgress(stream: NodeJS.WriteStream): Progress {
  let last = 0;
  let shown = false;
  return {
    show(text) {
      const now = Date.now();
      if (!stream.isTTY || now - last < 100) return;
      last = now;
      shown = true;
      stream.write(`\r\u001b[K${text.slice(0, Math.max(20, stream.columns - 1))}`);
    },
    clear() {
      if (shown) stream.write("\r\u001b[K");
      shown = false;
    },
  };
}
