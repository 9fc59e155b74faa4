// Lengths of time, in and out.
import type { TimeSpan } from '../base/time-span.ts';
import { builder } from './builder.ts';
import { TimeUnitEnum } from './enums.ts';

export const TimeSpanInput = builder.inputType('TimeSpanInput', {
  description: 'A length of time, such as 5 MINUTE.',
  fields: (t) => ({
    size: t.int({ required: true, description: 'How many units; positive.' }),
    unit: t.field({ type: TimeUnitEnum, required: true, description: 'The unit.' }),
  }),
});

export const TimeSpanType = builder.objectRef<TimeSpan>('TimeSpan').implement({
  description: 'A length of time.',
  fields: (t) => ({
    size: t.exposeInt('size', { description: 'How many units.' }),
    unit: t.expose('unit', { type: TimeUnitEnum, description: 'The unit.' }),
  }),
});
