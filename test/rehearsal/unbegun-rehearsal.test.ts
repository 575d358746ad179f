import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { DeliveryError } from '../../src/errors.ts';
import { rehearsalParts } from '../../src/rehearsal/parts.ts';
import { unbegunRehearsal } from '../../src/rehearsal/unbegun-rehearsal.ts';
import { silent } from '../support/delivery.ts';
import { firstInstall } from '../support/first-install.ts';

const plan = firstInstall();

test('a cluster that cannot be created leaves a rehearsal inconclusive, with what kind said', async () => {
  const parts = rehearsalParts({ clock: systemClock, reporter: silent, signal: new AbortController().signal });
  const error = new DeliveryError('cluster rehearsal-1 was not created: no space is left', { code: 'NoSpace' });
  await parts.run('cluster', () => Promise.reject(error)).catch(() => undefined);
  expect(unbegunRehearsal(plan, parts)).toMatchObject({
    result: 'inconclusive',
    reasons: ['cluster (NoSpace): cluster rehearsal-1 was not created: no space is left'],
    cluster: 'none',
    upgrades: [],
  });
});
