// What a command is.

export interface Command {
  readonly name: string;
  /** A line for the list of commands. */
  readonly summary: string;
  help(): string;
  /** `words` behind the command's name; gives the exit code. */
  run(words: readonly string[]): Promise<number>;
}
