import { expect, test } from 'vitest';
import { interruptedUpgrade } from '../../src/rehearsal/interrupted-upgrade.ts';
import { at, clusterUpgrade, journal } from '../support/upgrades.ts';

test('the upgrade of a rehearsal that was interrupted tells nobody to resume it', () => {
  const reason = 'the run was interrupted; resume goes on';
  const outcome = clusterUpgrade({
    result: 'failed',
    code: 'Interrupted',
    reason: 'it was interrupted; resume goes on',
    interrupted: true,
    journal: journal({ failure: { step: 'gateways', code: 'Interrupted', reason, at: at(1) } }),
  });
  const told = interruptedUpgrade(outcome);
  expect(JSON.stringify(told)).not.toContain('resume');
  expect(told).toMatchObject({
    reason: 'the rehearsal was interrupted',
    journal: { failure: { step: 'gateways', reason: 'the rehearsal was interrupted' } },
  });
});
