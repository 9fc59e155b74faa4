// The server's clock: what it shows, what is believed, and taking a step over.
import type { ServerClock } from '../engine/server-clock.ts';
import { builder } from './builder.ts';

export const Clock = builder.objectRef<ServerClock>('ServerClock').implement({
  description:
    "The server's clock. A step of the machine's wall clock is not believed at once: until it has stayed for ten minutes, time continues without it.",
  fields: (t) => ({
    now: t.expose('now', {
      type: 'DateTime',
      description: 'The time that windows, alerts and points without a timestamp go by. It never goes back.',
    }),
    wall: t.expose('wall', { type: 'DateTime', description: "What the machine's wall clock shows." }),
    aheadSeconds: t.exposeFloat('aheadSeconds', {
      description:
        '`now` minus `wall`. Above 0 without a step, `now` runs at half its rate until the wall clock has caught up.',
    }),
    isStepped: t.exposeBoolean('isStepped', {
      description: 'Whether the wall clock was stepped and is not believed.',
    }),
    since: t.expose('since', {
      type: 'DateTime',
      nullable: true,
      description: 'When the step was noticed, by `now`; null where there is none.',
    }),
    takenOverAt: t.expose('takenOverAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the step will be believed, unless the wall clock is stepped again; null where there is none.',
    }),
    newestArrivalAheadSeconds: t.exposeFloat('newestArrivalAheadSeconds', {
      description:
        'How far the arrival of the next point is ahead of `now`. Above 0 points were stored under a clock that was ahead: they stay until it is reached.',
    }),
    deletionTime: t.expose('deletionTime', {
      type: 'DateTime',
      description:
        'The time that retention goes by. It advances only by time that has verifiably passed, so it may be behind `now`; `acceptClock` sets it to the wall clock.',
    }),
  }),
});

builder.mutationField('acceptClock', (t) =>
  t.field({
    type: Clock,
    description:
      "Believes the machine's wall clock at once, for deletion too: points older by it than the retention are deleted. Only for clients on the server's own machine; others get FORBIDDEN.",
    resolve: (_, _args, { engine, viewer }) => engine.acceptClock(viewer),
  }),
);
