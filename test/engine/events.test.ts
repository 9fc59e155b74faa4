// Events for outsiders.
import { expect, test } from 'vitest';
import { Events } from '../../src/engine/events.ts';
import { CollectingLogger } from './collecting-logger.ts';
import { ann, startWorld } from './engine-world.ts';

test('listeners hear of the events they asked for until they leave', () => {
  const events = new Events(new CollectingLogger());
  const heard: unknown[] = [];
  const leave = events.on('server:started', ({ url }) => heard.push(url));
  events.on('dashboard:created', ({ id, owner }) => heard.push([id, owner]));
  events.emit('server:started', { url: 'a' });
  events.emit('dashboard:created', { id: 'dash_1', owner: 'ann' });
  leave();
  events.emit('server:started', { url: 'b' });
  events.emit('server:error', { error: new Error('no'), id: '1' });
  expect(heard).toEqual(['a', ['dash_1', 'ann']]);
});

test('a listener that throws is logged and keeps nobody from hearing', () => {
  const logger = new CollectingLogger();
  const events = new Events(logger);
  const heard: string[] = [];
  events.on('server:started', () => {
    throw new Error('deaf');
  });
  events.on('server:started', ({ url }) => heard.push(url));
  events.emit('server:started', { url: 'a' });
  expect(heard).toEqual(['a']);
  expect(logger.lines).toMatchObject([
    { level: 'error', details: { error: new Error('deaf'), event: 'server:started' } },
  ]);
});

test('an engine tells of each dashboard that is made', async () => {
  const { engine } = await startWorld();
  const heard: unknown[] = [];
  engine.events.on('dashboard:created', (event) => heard.push(event));
  const { dashboard } = await engine.createDashboard(ann, { name: 'Shop', widgets: [] });
  await engine.createDashboard(ann, { name: '', widgets: [] }).catch(() => undefined);
  expect(heard).toEqual([{ id: dashboard.id, owner: 'ann' }]);
  await engine.stop();
});
