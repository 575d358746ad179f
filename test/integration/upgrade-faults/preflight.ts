import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/local/fault.ts';
import { meshSnapshot } from '../../support/mesh-snapshot.ts';
import { deleteObject, forceFields } from '../../support/somebody.ts';
import { applyAsTeam, teamDeployment } from '../../support/upgrade.ts';
import type { Walk } from './walk.ts';

const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace: 'shop', name: 'web' };

export function preflightFaults(story: () => Walk): void {
  describe('before it begins', () => {
    /** Refused or failed with nothing written, and so nothing to resume. */
    async function doesNotBegin(options: { code: string; reason: RegExp; result?: string; faulty?: boolean }) {
      const { embedded, go, cluster, first } = story();
      const { code, reason, result = 'refused', faulty } = options;
      const outcome = await go('preflight', {
        timeout: 4_000,
        ...(faulty ? { connect: () => embedded.faultyCluster('dev') } : {}),
      });
      expect(outcome).toMatchObject({ result, code, reason: expect.stringMatching(reason) });
      expect(outcome).not.toHaveProperty('journal');
      return { cluster, first };
    }

    test.each<[string, Fault, RegExp]>([
      [
        'cannot be reached',
        { kind: 'webhook', revision: '1-31-0', failure: 'unreachable' },
        /the injector of revision 1-31-0 does not answer as it should: .*connection refused.*; mend its webhook and its istiod first/,
      ],
      [
        'answers nonsense',
        { kind: 'webhook', revision: '1-31-0', failure: 'nonsense' },
        /the injector of revision 1-31-0 does not answer as it should: .*tls: /,
      ],
    ])('the webhook of the old revision %s', async (_what, fault, reason) => {
      await story().faults(fault);
      const { cluster, first } = await doesNotBegin({ code: 'PreflightFailed', reason });
      await story().faults();
      expect(await meshSnapshot(cluster)).toEqual(first);
    });

    test('a workload would roll below its PodDisruptionBudget', async () => {
      const { cluster, first } = story();
      await forceFields(cluster, budget, {
        spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
      });
      await applyAsTeam(cluster, [
        teamDeployment('shop', 'web', { strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } } }),
      ]);
      await doesNotBegin({
        code: 'PreflightFailed',
        reason: /rollout-floor \(Deployment shop\/web\): .*PodDisruptionBudget/,
      });
      await applyAsTeam(cluster, [teamDeployment('shop', 'web')]);
      await deleteObject(cluster, budget);

      expect(await meshSnapshot(cluster)).toEqual(first);
    });

    test('the API server fails', async () => {
      await story().faults({ kind: 'api', verbs: ['list'], resource: 'pods', failure: 'status', status: 500 });
      await doesNotBegin({
        result: 'failed',
        code: 'InternalError',
        reason: /^Pod objects list failed \(InternalError\)/,
        faulty: true,
      });
    });

    test('goes on when all that is cured', async () => {
      const { faults, go } = story();
      await faults();
      expect(await go('preflight')).toMatchObject({ result: 'stopped', findings: expect.any(Array) });
    });
  });
}
