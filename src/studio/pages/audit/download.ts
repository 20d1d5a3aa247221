/** Hands a text to the person as a file. It is made here: nothing is fetched. */
export function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // the browser takes its own hold of the blob before the next turn
  setTimeout(() => URL.revokeObjectURL(address));
}
