import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { DeliveryError, interruptedError } from '../../src/errors.ts';
import { rehearsalParts } from '../../src/rehearsal/parts.ts';
import { silent } from '../support/delivery.ts';

function partsUnder() {
  const stop = new AbortController();
  const parts = rehearsalParts({ clock: systemClock, reporter: silent, signal: stop.signal });
  return { parts, stop: () => stop.abort(interruptedError('Run was interrupted by SIGTERM; run it again')) };
}

const interrupted = {
  result: 'interrupted',
  code: 'Interrupted',
  reason: 'Run was interrupted by SIGTERM; run it again',
};

test('keeps each part with how it ended, and throws on what ended it', async () => {
  const { parts } = partsUnder();
  await parts.run('cluster', async () => undefined);
  const failure = new DeliveryError('no room', { code: 'NoRoom' });
  await expect(parts.run('images', () => Promise.reject(failure))).rejects.toBe(failure);
  expect(parts.all()).toMatchObject([
    { name: 'cluster', result: 'done' },
    { name: 'images', result: 'failed', code: 'NoRoom', reason: 'no room' },
  ]);
});

test('knows the part that is at work when the run is told to stop, before that part has ended', async () => {
  const { parts, stop } = partsUnder();
  const work = Promise.withResolvers<void>();
  const run = parts.run('before', () => work.promise);
  stop();
  expect(parts.all()).toMatchObject([{ name: 'before', ...interrupted }]);
  // What breaks then speaks of an environment that somebody could resume.
  work.reject(new DeliveryError('it was interrupted; resume goes on', { code: 'Interrupted', kind: 'interrupted' }));
  await expect(run).rejects.toThrow();
  expect(parts.all()).toMatchObject([{ name: 'before', ...interrupted }]);
});

test('begins no part of a run that was told to stop', async () => {
  const { parts, stop } = partsUnder();
  stop();
  let begun = false;
  await expect(
    parts.run('install', async () => {
      begun = true;
    }),
  ).rejects.toThrow();
  expect(begun).toBe(false);
  expect(parts.all()).toMatchObject([{ name: 'install', ...interrupted }]);
});
