import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { DeliveryError } from '../../src/errors.ts';
import { rehearsalParts } from '../../src/rehearsal/parts.ts';
import { prepareRehearsal } from '../../src/rehearsal/prepare-rehearsal.ts';
import { unbegunRehearsal } from '../../src/rehearsal/unbegun-rehearsal.ts';
import { bundleOf } from '../support/bundles.ts';
import { silent } from '../support/delivery.ts';

const plan = prepareRehearsal({
  way: 'first install',
  to: bundleOf({ dev: [] }),
  cluster: 'dev',
  overlay: { patches: [] },
  soak: 0,
  sample: [],
  workloads: [],
});

async function after(error: Error) {
  const parts = rehearsalParts({ clock: systemClock, reporter: silent });
  await parts.run('cluster', () => Promise.reject(error)).catch(() => undefined);
  return unbegunRehearsal(error, { plan, parts });
}

test('a cluster that cannot be created leaves a rehearsal inconclusive, with what kind said', async () => {
  const error = new DeliveryError('cluster rehearsal-1 was not created: no space is left', { code: 'NoSpace' });
  expect(await after(error)).toMatchObject({
    result: 'inconclusive',
    reasons: ['cluster (NoSpace): cluster rehearsal-1 was not created: no space is left'],
    cluster: 'none',
    upgrades: [],
  });
});

test.each([
  ['a defect', new TypeError('it broke')],
  ['an input that cannot be used', new DeliveryError('no such name', { code: 'InvalidInput', kind: 'usage' })],
])('%s is none of its endings', async (_what, error) => {
  expect(await after(error)).toBeUndefined();
});
