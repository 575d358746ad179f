import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { waitReady } from '../../src/apply/wait-ready.ts';
import type { Bundle } from '../../src/bundle/bundle.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { deliverTo } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { deleteGateway, gateway, gatewayApiDefinitions, gatewayState } from '../support/gateway-api.ts';
import { meshSnapshot } from '../support/mesh-snapshot.ts';
import { until } from '../support/until.ts';
import { applyAsTeam, renderBoth, revisions, teamDeployment, upgradeTo } from '../support/upgrade.ts';

const tag = 'prod-gateway-api';
const tagged = (namespace: string, name: string) => gateway(namespace, name, { 'istio.io/rev': tag });
const pinned = (revision: string) => gateway('edge', 'public', { 'istio.io/rev': revision });
const gateways = {
  /** In a namespace of its own. */
  edge: tagged('edge', 'public'),
  /** Among the workloads of a group. */
  inside: tagged('payments', 'internal'),
  /** Takes the tag from its namespace. */
  inherited: gateway('labelled', 'inherited'),
  /** Follows the default tag. */
  plain: gateway('edge', 'plain'),
};

/** One cluster from its first promotion on: every test finds it as the ones before have left it. */
describe('an upgrade of a mesh with Gateways of the Gateway API', () => {
  let embedded: Embedded;
  let bundles: { old: Bundle; new: Bundle };
  let cluster: Cluster;
  let before: Record<string, unknown>;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    cluster = embedded.cluster('dev');
    const options = { timeout: 30_000, clock: systemClock, signal: new AbortController().signal };
    await waitReady(cluster, await applyAsTeam(cluster, await gatewayApiDefinitions()), options);
    bundles = await renderBoth(embedded, {
      groups: { canary: ['payments'], main: ['shop'] },
      more: `gatewayApi: { tag: ${tag} }`,
    });
    expect((await deliverTo(cluster, 'dev').promote(bundles.old)).outcome).toMatchObject({ result: 'promoted' });
    await applyAsTeam(cluster, [namespace('edge'), namespace('labelled', { 'istio.io/rev': tag })]);
    await waitReady(cluster, await applyAsTeam(cluster, [teamDeployment('payments', 'web')]), options);
    await applyAsTeam(cluster, Object.values(gateways));
    for (const each of Object.values(gateways)) await served(each, revisions.old);
    before = await meshSnapshot(cluster);
  });

  afterAll(() => embedded?.stop());

  const run = (...args: Parameters<ReturnType<typeof upgradeTo>['run']>) =>
    upgradeTo(embedded, bundles.new).run(...args);

  /** The revision of each Gateway's pods; a Gateway that is not programmed has none here. */
  async function servedNow(): Promise<Record<string, unknown>> {
    const states = await Promise.all(
      Object.entries(gateways).map(async ([name, each]) => {
        const { programmed, revisions } = await gatewayState(cluster, objectId(each));
        return [name, programmed ? revisions.join() : 'not programmed'] as const;
      }),
    );
    return Object.fromEntries(states);
  }

  function served(each: KubernetesObject, revision: string): Promise<unknown> {
    return until(`Gateway ${each.metadata.name} is served by ${revision}`, async () => {
      const { programmed, revisions } = await gatewayState(cluster, objectId(each));
      return programmed && revisions.join() === revision;
    });
  }

  const all = (revision: string) => ({ edge: revision, inside: revision, inherited: revision, plain: revision });

  test('is refused while one follows the tag of a group, or is not programmed', async () => {
    const unreachable = tagged('edge', 'unreachable');
    delete unreachable.metadata.annotations;
    await applyAsTeam(cluster, [pinned('prod-canary'), unreachable]);
    await until('the Gateway waits for its address', async () => {
      const { revisions } = await gatewayState(cluster, objectId(unreachable));
      return revisions.length > 0;
    });

    const { result, code, findings } = await run('start');
    expect({ result, code }).toEqual({ result: 'refused', code: 'PreflightFailed' });
    expect(findings.map(({ check, level, object = '', reason }) => `${level} ${check} ${object}: ${reason}`)).toEqual([
      expect.stringMatching(/^warn gateway-api-tag Gateway edge\/plain: it follows the default tag/),
      expect.stringMatching(/^fail gateway-api-tag Gateway edge\/public: it follows the tag "prod-canary" of a group/),
      expect.stringMatching(/^fail gateway-unprogrammed Gateway edge\/unreachable: it is not programmed: .*address/),
      expect.stringMatching(/^note one-build/),
    ]);

    await deleteGateway(cluster, objectId(unreachable));
    await applyAsTeam(cluster, [gateways.edge]);
    await served(gateways.edge, revisions.old);
  });

  test('moves the groups around them, and says so', async () => {
    const { result, journal } = await run('start', { until: 'group:main' });
    expect(result).toBe('stopped');
    expect(await servedNow()).toEqual(all(revisions.old));
    expect(journal?.groups['canary']?.['payments']).toMatchObject({
      workloads: 1,
      skipped: [
        {
          object: 'Deployment payments/internal-istio',
          reason: 'it belongs to a Gateway of the Gateway API',
          cure: 'nothing: istiod rolls it when the tag of its Gateway moves',
          holdsOldRevision: false,
        },
      ],
    });
  });

  test('moves them in a step of their own', async () => {
    expect(await run('resume', { until: 'gateway-api' })).toMatchObject({ result: 'stopped' });
    expect(await servedNow()).toEqual({ ...all(revisions.new), plain: revisions.old });
  });

  test('moves one without a label with the default tag', async () => {
    expect(await run('resume')).toMatchObject({ result: 'upgraded' });
    expect(await servedNow()).toEqual(all(revisions.new));
  });

  test('is not finished while one carries the old revision, and can go on either way', async () => {
    await applyAsTeam(cluster, [pinned(revisions.old)]);
    await served(gateways.edge, revisions.old);
    const refused = await run('finish');
    expect(refused).toMatchObject({ result: 'refused', code: 'RevisionInUse' });
    expect(refused.reason).toContain('Gateway edge/public is labelled with revision 1-31-0');
    expect(refused.reason).toContain('Deployment edge/public-istio');
    expect(refused.journal?.steps.at(-1)).toEqual({ step: 'retire', status: 'pending' });
    await applyAsTeam(cluster, [gateways.edge]);
    await served(gateways.edge, revisions.new);
  });

  test('takes them back when it is rolled back', async () => {
    expect(await run('rollback')).toMatchObject({ result: 'rolled back' });
    expect(await servedNow()).toEqual(all(revisions.old));
    expect(await meshSnapshot(cluster)).toEqual(before);
  });

  test('is finished when all of them have moved', async () => {
    expect(await run('start')).toMatchObject({ result: 'upgraded' });
    expect(await run('finish')).toMatchObject({ result: 'finished' });
    expect(await servedNow()).toEqual(all(revisions.new));
  });
});

function namespace(name: string, labels: Record<string, string> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}
