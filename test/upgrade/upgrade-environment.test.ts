import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { promoteEnvironment } from '../../src/apply/promote-environment.ts';
import { DeliveryError } from '../../src/errors.ts';
import type { Environment } from '../../src/mesh/environment.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { upgradeCommands } from '../../src/upgrade/cluster-upgrade.ts';
import { upgradeEnvironment } from '../../src/upgrade/upgrade-environment.ts';
import { bundleOf } from '../support/bundles.ts';
import { silent } from '../support/delivery.ts';
import { clusterPlan, environmentPlan } from '../support/plans.ts';

const environment: Environment = {
  name: 'production',
  after: [],
  clusters: ['one', 'two'].map((name) => ({ name, context: name })),
  waves: [['one'], ['two']],
  gate: { approval: false, identity: 'optional', needs: [] },
};

/** A cluster whose first answer takes until the run is stopped, or never comes. */
function answering(identity: () => Promise<never>): Cluster {
  return { name: 'one', identity } as Partial<Cluster> as Cluster;
}

const common = () => ({
  bundle: bundleOf({ one: [], two: [] }),
  environment,
  plan: environmentPlan({
    environment: 'production',
    clusters: ['one', 'two'].map((cluster) => clusterPlan({ cluster })),
  }),
  waves: environment.waves,
  holder: 'test',
  timeout: 1000,
  clock: systemClock,
  reporter: silent,
});

function upgrade(command: (typeof upgradeCommands)[number], connect: () => Cluster, signal: AbortSignal) {
  return upgradeEnvironment({
    ...common(),
    command,
    connect,
    proxiesOf: () => ({ connected: async () => [] }),
    acknowledged: [],
    signal,
  });
}

describe('a run that is stopped before the first write', () => {
  const changing = upgradeCommands.filter((command) => command !== 'status' && command !== 'pause');

  test.each(changing)('of upgrade %s has begun no cluster', async (command) => {
    const stop = new AbortController();
    const cluster = answering(async () => {
      stop.abort();
      throw new DOMException('This operation was aborted', 'AbortError');
    });
    expect(await upgrade(command, () => cluster, stop.signal)).toMatchObject([
      { cluster: 'one', result: 'not started', interrupted: true },
      { cluster: 'two', result: 'not started', interrupted: true },
    ]);
  });

  test('of a promotion has begun no cluster', async () => {
    const stop = new AbortController();
    stop.abort();
    const connect = () => {
      throw new Error('nobody is to be asked');
    };
    expect(await promoteEnvironment({ ...common(), connect, signal: stop.signal })).toEqual([
      { cluster: 'one', result: 'not started', reason: 'interrupted' },
      { cluster: 'two', result: 'not started', reason: 'interrupted' },
    ]);
  });
});

describe('a cluster that cannot be asked', () => {
  const error = new DeliveryError('no answer', { code: 'ClusterUnreachable', retryable: true });
  const never = new AbortController().signal;
  const connect = () => answering(() => Promise.reject(error));
  const known = { code: 'ClusterUnreachable', reason: 'no answer', untouched: true };

  test.each(['start', 'resume', 'rollback', 'finish'] as const)(
    'stops the next wave of upgrade %s',
    async (command) => {
      expect(await upgrade(command, connect, never)).toMatchObject([
        { cluster: 'one', result: 'failed', ...known },
        { cluster: 'two', result: 'not started', reason: 'an earlier wave did not get through' },
      ]);
    },
  );

  test('leaves the look at the others', async () => {
    expect(await upgrade('status', connect, never)).toMatchObject([
      { cluster: 'one', result: 'failed', ...known },
      { cluster: 'two', result: 'failed', ...known },
    ]);
  });

  test('stops the next wave of a promotion', async () => {
    expect(await promoteEnvironment({ ...common(), connect, signal: never })).toMatchObject([
      { cluster: 'one', result: 'failed', ...known },
      { cluster: 'two', result: 'not started', reason: 'an earlier wave failed' },
    ]);
  });

  test('is known from the plan that was made here and now', async () => {
    const refuse = () => {
      throw new Error('it was asked before');
    };
    const unplanned = [{ cluster: 'one', error }];
    expect(
      await promoteEnvironment({ ...common(), unplanned, connect: refuse, signal: never, waves: [['one']] }),
    ).toMatchObject([{ cluster: 'one', result: 'failed', ...known }]);
  });
});
