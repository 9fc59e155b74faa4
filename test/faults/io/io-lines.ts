// What the workload of the io part prints.
import type { Line } from '../power-loss/acknowledgements.ts';

export type IoLine =
  | Line
  /** An error that the store gave, by its code or, where it has none, as text. */
  | { readonly failed: string; readonly step: string }
  /** An error in the background. */
  | { readonly warned: string }
  /** How many acknowledged points a reading did not have. */
  | { readonly misread: number }
  | { readonly ended: true };
