import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { DeliveryError, interruptedError } from '../../src/errors.ts';
import { leaveRehearsal } from '../../src/jobs/leave-rehearsal.ts';
import { rehearsalParts } from '../../src/rehearsal/parts.ts';
import type { Rehearsal } from '../../src/rehearsal/rehearsal.ts';
import { unbegunRehearsal } from '../../src/rehearsal/unbegun-rehearsal.ts';
import { silent } from '../support/delivery.ts';
import { firstInstall } from '../support/first-install.ts';

const plan = firstInstall();

/** A run whose files are what it is asked to leave, in order. */
function runOf(
  work: (run: ReturnType<typeof rehearsalParts>, ended: (rehearsal: Rehearsal) => Promise<void>) => Promise<void>,
) {
  const stop = new AbortController();
  const parts = rehearsalParts({ clock: systemClock, reporter: silent, signal: stop.signal });
  const left: Rehearsal[] = [];
  const soFar = () => unbegunRehearsal(plan, parts);
  const ended = leaveRehearsal({
    parts,
    signal: stop.signal,
    soFar,
    leave: async (rehearsal) => {
      left.push(rehearsal);
      return { outputs: { result: rehearsal.result }, text: [], json: rehearsal };
    },
    run: (tell) => work(parts, tell),
  });
  return {
    left,
    ended,
    soFar,
    stop: () => stop.abort(interruptedError('Run was interrupted by SIGINT; run it again')),
  };
}

test('a run that is told to stop leaves what is known at once, and once more when it has ended', async () => {
  const work = Promise.withResolvers<void>();
  const { left, ended, stop } = runOf((parts) => parts.run('cluster', () => work.promise));
  stop();
  await Promise.resolve();
  expect(left).toMatchObject([{ result: 'inconclusive', parts: [{ name: 'cluster', result: 'interrupted' }] }]);
  work.reject(new Error('kind was ended'));
  expect((await ended).outputs).toEqual({ result: 'inconclusive' });
  expect(left).toHaveLength(2);
  expect(left[1]?.reasons).toEqual([
    'interrupted in part cluster, and what comes after it was not rehearsed: Run was interrupted by SIGINT; run it again',
  ]);
});

test('a cluster that cannot be created leaves the files of a rehearsal', async () => {
  const { left, ended } = runOf((parts) =>
    parts.run('cluster', () => Promise.reject(new DeliveryError('no Docker', { code: 'DockerUnavailable' }))),
  );
  await ended;
  expect(left).toMatchObject([{ parts: [{ name: 'cluster', result: 'failed', reason: 'no Docker' }] }]);
});

test('a defect leaves what is known, is inconclusive, and is thrown', async () => {
  const defect = new TypeError('x is undefined');
  const { left, ended } = runOf((parts) => parts.run('upgrade', () => Promise.reject(defect)));
  await expect(ended).rejects.toBe(defect);
  expect(left).toMatchObject([{ result: 'inconclusive', reasons: ['upgrade (Unexpected): x is undefined'] }]);
});

test('a refusal before the first part leaves nothing', async () => {
  const refusal = new DeliveryError('it is in use', { code: 'ClusterInUse', kind: 'refused' });
  const { left, ended } = runOf(() => Promise.reject(refusal));
  await expect(ended).rejects.toBe(refusal);
  expect(left).toEqual([]);
});

test('a cluster that cannot be deleted takes nothing of the outcome away, and is no success', async () => {
  const failure = new DeliveryError('docker rm failed', { code: 'DockerFailed' });
  const run = runOf(async (parts, ended) => {
    await parts.run('upgrade', () => Promise.reject(failure)).catch(() => undefined);
    await ended(run.soFar());
    throw failure;
  });
  await expect(run.ended).rejects.toBe(failure);
  expect(run.left).toHaveLength(1);
});

test('a run that is stopped after its end does not become another one', async () => {
  const run = runOf(async (parts, ended) => {
    await parts.run('upgrade', async () => undefined);
    await ended(run.soFar());
    run.stop();
  });
  await run.ended;
  expect(run.left).toHaveLength(1);
});

test('what was given and cannot be used is refused, and leaves nothing', async () => {
  const refusal = new DeliveryError('no such name', { code: 'InvalidInput', kind: 'usage' });
  const { left, ended } = runOf((parts) => parts.run('cluster', () => Promise.reject(refusal)));
  await expect(ended).rejects.toBe(refusal);
  expect(left).toEqual([]);
});
