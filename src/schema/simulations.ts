// Streams of made-up points, for trying things out.
import { InvalidInputError, LimitExceededError, NotFoundError } from '../base/errors.ts';
import type { SimulationView } from '../engine/simulations.ts';
import { builder } from './builder.ts';
import { TimeSpanInput, TimeSpanType } from './time-spans.ts';

const simulationRef = builder.objectRef<SimulationView>('Simulation');

const SimulationType = builder.node(simulationRef, {
  description: 'A stream of made-up points of one series.',
  id: { resolve: ({ id }) => id },
  loadOne: (id, { engine }) => engine.simulations.get(id) ?? null,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'isRunning' in value,
  fields: (t) => ({
    entityType: t.exposeString('entityType', { description: 'Of its points.' }),
    serviceId: t.exposeString('serviceId', { description: 'Of its points.' }),
    sent: t.exposeInt('sent', { description: 'Points so far.' }),
    count: t.exposeInt('count', { description: 'Points in all.' }),
    interval: t.expose('interval', { type: TimeSpanType, description: 'From one point to the next.' }),
    isRunning: t.exposeBoolean('isRunning', { description: 'False once all were sent, or it was stopped.' }),
  }),
});

const SimulateResult = builder.errorUnion('SimulateResult', {
  description: 'The stream that was started, or why none was.',
  types: [SimulationType, InvalidInputError, LimitExceededError],
});

const SimulationStopResult = builder.errorUnion('SimulationStopResult', {
  description: 'The stream that was stopped, or that there is none.',
  types: [SimulationType, NotFoundError],
});

builder.mutationFields((t) => ({
  simulate: t.field({
    type: SimulateResult,
    description: 'Starts a stream of made-up points of one series, for trying things out.',
    args: {
      entityType: t.arg.string({ required: true, description: 'Of its points.' }),
      serviceId: t.arg.string({ required: true, description: 'Of its points.' }),
      count: t.arg.int({ defaultValue: 10, description: 'How many points.' }),
      interval: t.arg({ type: TimeSpanInput, description: 'From one point to the next; 2 s where it is left out.' }),
    },
    resolve: (_, { entityType, serviceId, count, interval }, { engine, viewer }) =>
      engine.simulate(viewer, { entityType, serviceId, count: count ?? 10, interval: interval ?? null }),
  }),
  stopSimulation: t.field({
    type: SimulationStopResult,
    description: 'Stops a stream of made-up points.',
    args: { id: t.arg.id({ required: true, description: 'Which one.' }) },
    resolve: (_, { id }, { engine }) => engine.simulations.stop(id),
  }),
}));
