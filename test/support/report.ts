// What a test wants to be read by who runs it, beside whether it passed.

export function report(text: string): void {
  console.log(text);
}
