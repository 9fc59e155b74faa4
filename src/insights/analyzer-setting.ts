// Settings of analyzers: what each watches and how readily it says something. The one that names a metric most closely decides, also where it is
// switched off: so a part of what another watches can be left out.
import type { InputIssue } from '../base/errors.ts';
import { shown } from '../base/json.ts';
import { pathIssue } from '../points/field-path.ts';
import { type AnalyzerType, analyzerTypes } from './analyzers/list.ts';
import type { Watching } from './metric.ts';
import type { Sensitivity } from './sensitivity.ts';

export interface AnalyzerSetting {
  readonly id: string;
  readonly name: string;
  readonly type: AnalyzerType;
  /** Null: of all. */
  readonly entityType: string | null;
  readonly serviceId: string | null;
  /** Dotted paths; empty: all fields. */
  readonly fields: readonly string[];
  readonly sensitivity: Sensitivity;
  readonly isActive: boolean;
}

export interface AnalyzerInput {
  readonly name?: string | null | undefined;
  readonly type: AnalyzerType;
  readonly entityType?: string | null | undefined;
  readonly serviceId?: string | null | undefined;
  readonly fields?: readonly string[] | null | undefined;
  readonly sensitivity?: Sensitivity | null | undefined;
  readonly isActive?: boolean | null | undefined;
}

export const longestName = 256;
export const mostFields = 100;

/** Those that every store begins with: one of each type, over everything. */
export function defaultAnalyzers(): AnalyzerSetting[] {
  return analyzerTypes.map((type) => ({ ...settingOf({ type }, []), id: `analyzer_${type.toLowerCase()}` }));
}

/** The setting, without its id; what is wrong with it goes onto `issues`. */
export function settingOf(input: AnalyzerInput, issues: InputIssue[]): Omit<AnalyzerSetting, 'id'> {
  const { type, entityType = null, serviceId = null, sensitivity, isActive } = input;
  const fields = [...new Set(input.fields ?? [])];
  const name = input.name ?? type;
  if (name.trim() === '' || name.length > longestName) {
    issues.push({ path: ['name'], message: `must have 1 to ${longestName} characters, not ${shown(name)}` });
  }
  for (const [key, value] of Object.entries({ entityType, serviceId })) {
    if (value === null || (value !== '' && value.length <= longestName)) continue;
    issues.push({ path: [key], message: `must have 1 to ${longestName} characters; leave it out for all` });
  }
  if (fields.length > mostFields) issues.push({ path: ['fields'], message: `must be at most ${mostFields}` });
  for (const [i, field] of fields.entries()) {
    const issue = pathIssue(field, ['fields', String(i)]);
    if (issue !== undefined) issues.push(issue);
  }
  return {
    name,
    type,
    entityType,
    serviceId,
    fields,
    sensitivity: sensitivity ?? 'MEDIUM',
    isActive: isActive ?? true,
  };
}

/** What watches a metric: of each type the setting that names it most closely, where that is active. */
export function chosenFor(
  settings: readonly AnalyzerSetting[],
  { entityType, serviceId, field }: { entityType: string; serviceId: string | null; field: string | null },
): Watching[] {
  const closest = new Map<AnalyzerType, AnalyzerSetting>();
  for (const setting of settings) {
    if (setting.entityType !== null && setting.entityType !== entityType) continue;
    if (setting.serviceId !== null && setting.serviceId !== serviceId) continue;
    if (setting.fields.length > 0 && (field === null || !setting.fields.includes(field))) continue;
    const known = closest.get(setting.type);
    if (known === undefined || closeness(setting) > closeness(known)) closest.set(setting.type, setting);
  }
  return [...closest.values()]
    .filter(({ isActive }) => isActive)
    .map(({ type, sensitivity }) => ({ type, sensitivity }));
}

function closeness({ entityType, serviceId, fields }: AnalyzerSetting): number {
  return (fields.length > 0 ? 4 : 0) + (serviceId === null ? 0 : 2) + (entityType === null ? 0 : 1);
}
