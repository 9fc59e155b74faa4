// All analyzers there are: each is a file beside this one.
import type { Analyzer } from './analyzer.ts';
import { anomaly } from './anomaly.ts';
import { shift } from './shift.ts';
import { silence } from './silence.ts';

const all = { ANOMALY: anomaly, SHIFT: shift, SILENCE: silence };

export type AnalyzerType = keyof typeof all;
export const analyzers: Readonly<Record<AnalyzerType, Analyzer>> = all;
export const analyzerTypes = Object.keys(all) as readonly AnalyzerType[];
