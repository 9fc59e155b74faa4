// A logger that keeps what it is told.
import type { Logger } from '../../src/base/logger.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly details: object;
  readonly message: string;
}

export class CollectingLogger implements Logger {
  readonly lines: LogLine[] = [];

  info(details: object, message: string): void {
    this.lines.push({ level: 'info', details, message });
  }

  warn(details: object, message: string): void {
    this.lines.push({ level: 'warn', details, message });
  }

  error(details: object, message: string): void {
    this.lines.push({ level: 'error', details, message });
  }

  get messages(): string[] {
    return this.lines.map(({ level, message }) => `${level}: ${message}`);
  }
}
