// What a command is.

export interface Command {
  help(): string;
  /** `words` behind the command's name; gives the exit code. */
  run(words: readonly string[]): Promise<number>;
}
