import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readStoredBundle } from '../../src/apply/stored-bundle.ts';
import type { KeptBundle } from '../../src/apply/verify-stored.ts';
import { sealed, sha256, stageDigests } from '../../src/bundle/bundle-digest.ts';
import { promotionRecordName, readPromotionRecord } from '../../src/plan/cluster-state.ts';
import { upgradeJournalName } from '../../src/plan/open-upgrade.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { healthFacts } from '../../src/probe/health/health-facts.ts';
import { upgradeHealth } from '../../src/probe/health/upgrade-health.ts';
import type { Journal } from '../../src/upgrade/journal.ts';
import { readJournal } from '../../src/upgrade/keep-journal.ts';
import { deliverTo, read } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { meshSnapshot } from '../support/mesh-snapshot.ts';
import { deleteObject, patchWithKubectl } from '../support/somebody.ts';
import { until } from '../support/until.ts';
import { renderBoth, revisions, smallMesh, upgradeTo } from '../support/upgrade.ts';
import { deployReady, teamsOf } from '../support/upgrade-story.ts';
import { withRequests } from './upgrade/amendments.ts';

const namespace = 'istio-system';
const recordId = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: promotionRecordName };

const validator = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  name: `istio-validator-${revisions.new}-istio-system`,
};

/** What an account that may write ConfigMaps would like to be. */
const adminBinding: KubernetesObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'everybody' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated' }],
};

/** Everything stands in ConfigMaps of the control plane's namespace, and somebody may write those. */
describe('what a cluster keeps of the bundles of an upgrade', () => {
  let embedded: Embedded;
  let cluster: Cluster;
  let journal: Journal;
  let bundles: Awaited<ReturnType<typeof renderBoth>>;
  let plan: Plan;
  let chunk: string;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    cluster = embedded.cluster('dev');
    bundles = await renderBoth(embedded);
    await deliverTo(cluster, 'dev').promote(bundles.old);
    await deployReady(cluster, teamsOf(smallMesh));
    plan = await upgradeTo(embedded, bundles.new).plan();
    const opened = await upgradeTo(embedded, bundles.new).run('start', { until: 'control-plane', plan });
    expect(opened).toMatchObject({ result: 'stopped' });
    journal = (await readJournal(cluster, namespace)) ?? expect.fail('there is no journal');
    // istiod writes that itself as soon as it answers.
    await until('the new validator fails closed', async () => {
      const { webhooks } = await read<KubernetesObject & { webhooks: { failurePolicy: string }[] }>(cluster, validator);
      return webhooks.every(({ failurePolicy }) => failurePolicy === 'Fail');
    });
  });

  afterAll(() => embedded?.stop());

  const chunkId = (side: 'old' | 'new') => {
    const [name = ''] = journal[side].chunks;
    return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
  };

  const current = () => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: chunk });

  /** Changes what is kept, as an attacker would, and returns the way back. */
  const tamper = async (side: 'old' | 'new', change: (kept: KeptBundle) => KeptBundle) => {
    const { binaryData } = await read<KubernetesObject & { binaryData: Record<string, string> }>(
      cluster,
      chunkId(side),
    );
    const text = await promisify(gunzip)(Buffer.from(binaryData['bundle.json.gz'] ?? '', 'base64'));
    const changed = await promisify(gzip)(JSON.stringify(change(JSON.parse(text.toString('utf8')) as KeptBundle)));
    const write = (content: string | undefined) =>
      patchWithKubectl(embedded, chunkId(side), { binaryData: { 'bundle.json.gz': content } });
    await write(changed.toString('base64'));
    return () => write(binaryData['bundle.json.gz']);
  };

  const withBinding = ({ manifest, bundle, ...rest }: KeptBundle): KeptBundle => ({
    manifest,
    bundle: {
      ...bundle,
      stages: bundle.stages.map((each) =>
        each.stage === 'base' || each.stage === 'gateways'
          ? { ...each, objects: [...each.objects, adminBinding] }
          : each,
      ),
    },
    ...rest,
  });
  const refitted = (kept: KeptBundle): KeptBundle => {
    const { manifest, bundle, ...rest } = withBinding(kept);
    const clusters = { ...manifest.clusters, [bundle.cluster]: stageDigests(bundle.stages) };
    return { manifest: sealed({ ...manifest, clusters }), bundle, ...rest };
  };
  const withoutSoak = ({ manifest, ...rest }: KeptBundle): KeptBundle => ({
    manifest: { ...manifest, upgrade: { ...manifest.upgrade, groups: [] } },
    ...rest,
  });
  const deletingAll = (kept: KeptBundle): KeptBundle => {
    const { approved } = kept;
    if (approved === undefined) throw new Error('nothing was approved of it');
    const changes = approved.clusterPlan.changes.filter(({ action }) => action !== 'delete');
    return { ...kept, approved: { ...approved, clusterPlan: { ...approved.clusterPlan, changes } } };
  };

  test.each<[string, 'old' | 'new', (kept: KeptBundle) => KeptBundle]>([
    ['an object more', 'new', withBinding],
    ['an object more in the bundle it comes from', 'old', withBinding],
    ['an object more, and digests that fit it', 'new', refitted],
    ['an object more in the bundle it comes from, and digests that fit it', 'old', refitted],
    ['another policy', 'new', withoutSoak],
  ])('is refused with %s, by resume and by rollback, and nothing is written', async (_, side, change) => {
    const before = await meshSnapshot(cluster);
    const restore = await tamper(side, change);
    const outcomes = [
      await upgradeTo(embedded, bundles.new).run('resume'),
      await upgradeTo(embedded, side === 'old' ? bundles.new : bundles.old).run('rollback'),
    ];
    await restore();
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        result: 'refused',
        code: 'StoredBundleChanged',
        reason: expect.stringContaining('was changed by somebody who may write ConfigMaps in namespace istio-system'),
      });
    }
    expect(await meshSnapshot(cluster)).toEqual(before);
  });

  test('is refused with other approved changes by resume: on the way back nothing counts as approved', async () => {
    const before = await meshSnapshot(cluster);
    const restore = await tamper('new', deletingAll);
    expect(await upgradeTo(embedded, bundles.new).run('resume')).toMatchObject({
      result: 'refused',
      code: 'StoredBundleChanged',
      reason: expect.stringContaining('what was approved of it is not plan sha256:'),
    });
    expect(await meshSnapshot(cluster)).toEqual(before);
    await restore();
  });

  describe('and its journal', () => {
    const journalId = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: upgradeJournalName };
    const rewrite = async (data: Record<string, string | null>) => patchWithKubectl(embedded, journalId, { data });
    const data = async () => (await read<KubernetesObject & { data: Record<string, string> }>(cluster, journalId)).data;
    const signedBy = async (name: string, audience: string) =>
      (await cluster.requestToken({ namespace, name }, 600, audience))?.token ?? '';
    const audience = (text: string) => `istio-delivery/${upgradeJournalName}/sha256:${sha256(text)}`;
    const withLabels = () =>
      JSON.stringify({
        ...journal,
        groups: {
          canary: {
            payments: {
              state: 'moved',
              workloads: 0,
              skipped: [],
              labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
            },
          },
        },
      });

    test.each<[string, () => Promise<Record<string, string | null>>, string]>([
      [
        'with labels that no namespace had',
        async () => ({ journal: withLabels() }),
        'it was changed after it was signed',
      ],
      ['without a signature', async () => ({ journal: withLabels(), signature: null }), 'it has no signature'],
      [
        'with a signature that is none',
        async () => ({ signature: 'a.b.c' }),
        'its signature is not by a key of the cluster',
      ],
      [
        'with the signature of another account',
        async () => ({ journal: withLabels(), signature: await signedBy('default', audience(withLabels())) }),
        'it is signed by system:serviceaccount:istio-system:default',
      ],
      [
        'with the signature of another document',
        async () => ({
          signature:
            (await read<KubernetesObject & { data: Record<string, string> }>(cluster, recordId)).data.signature ?? '',
        }),
        'it was changed after it was signed',
      ],
    ])('are refused %s, by resume and by rollback, and nothing is written', async (_, forge, fault) => {
      const before = await meshSnapshot(cluster);
      const genuine = await data();
      await rewrite(await forge());
      const outcomes = [
        await upgradeTo(embedded, bundles.new).run('resume'),
        await upgradeTo(embedded, bundles.new).run('rollback'),
      ];
      await rewrite(genuine);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          result: 'refused',
          code: 'StateForged',
          reason: expect.stringContaining(
            `ConfigMap ${namespace}/${upgradeJournalName} of cluster dev is not as istio-delivery wrote it: ${fault}`,
          ),
        });
      }
      expect(await meshSnapshot(cluster)).toEqual(before);
    });

    test('do not lend their signature to a promotion', async () => {
      const genuine = await data();
      await rewrite({ journal: withLabels() });
      const amended = withRequests(bundles.old, 4321);
      const { outcome } = await deliverTo(cluster, 'dev')
        .promote(amended)
        .catch((error) => ({ outcome: error }));
      await rewrite(genuine);
      expect(outcome).toMatchObject({ code: 'StateForged' });
    });

    test('go on under the plan that the upgrade began with, and are signed again', async () => {
      await rewrite({ signature: null });
      const upgrade = upgradeTo(embedded, bundles.new);
      expect(await upgrade.run('start', { until: 'control-plane', plan })).toMatchObject({ result: 'stopped' });
      expect(await upgrade.run('resume', { until: 'control-plane' })).toMatchObject({ result: 'stopped' });
    });
  });

  test('is taken from the start, with the plan that the upgrade began with, where it is lost', async () => {
    await deleteObject(cluster, chunkId('new'));
    const upgrade = upgradeTo(embedded, bundles.new);
    expect(await upgrade.run('resume')).toMatchObject({
      result: 'failed',
      code: 'StoredBundleUnreadable',
      reason: expect.stringContaining('to upgrade start with the plan that it began with'),
    });
    expect(await upgrade.run('start', { until: 'control-plane', plan })).toMatchObject({ result: 'stopped' });
    expect(await upgrade.run('resume', { until: 'config' })).toMatchObject({ result: 'stopped' });
  });

  test('is taken from the way back, whatever somebody made of it', async () => {
    await tamper('old', refitted);
    expect(await upgradeTo(embedded, bundles.old).run('rollback')).toMatchObject({ result: 'rolled back' });
    const nobody = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name: 'everybody' };
    expect(await cluster.get(nobody)).toBeUndefined();
  });

  test.each<[string, () => Promise<unknown>]>([
    ['is lost', () => deleteObject(cluster, current())],
    ['was changed', () => patchWithKubectl(embedded, current(), { binaryData: { 'bundle.json.gz': '' } })],
  ])('is taken from a promotion of this very bundle, where it %s', async (_, spoil) => {
    const record = await readPromotionRecord(cluster, namespace);
    chunk = record?.current?.chunks[0] ?? '';
    await spoil();
    const delivery = deliverTo(cluster, 'dev');
    expect((await delivery.promote(bundles.old)).outcome).toMatchObject({ result: 'promoted' });
    expect((await delivery.promote(bundles.old)).outcome).toMatchObject({ result: 'unchanged' });
    const now = await readPromotionRecord(cluster, namespace);
    const stored = await readStoredBundle(cluster, namespace, now?.current ?? expect.fail('nothing is promoted'));
    expect(stored.manifest).toEqual(bundles.old.manifest);
  });

  describe('and its record', () => {
    const rewrite = async (data: Record<string, string | null>) => patchWithKubectl(embedded, recordId, { data });
    const record = async () =>
      (await read<KubernetesObject & { data: Record<string, string> }>(cluster, recordId)).data;

    test('prove nothing with another bundle in it, until it is promoted again', async () => {
      const { record: text = '' } = await record();
      await rewrite({ record: text.replaceAll(bundles.old.manifest.digest, bundles.new.manifest.digest) });
      const facts = await healthFacts(cluster, namespace, new AbortController().signal);
      expect(upgradeHealth(facts).troubles).toEqual([
        expect.stringMatching(/^the promotion record is not signed by the cluster: somebody who may write ConfigMaps/),
      ]);
      await rewrite({ record: text });
      await rewrite({ signature: null });
      const delivery = deliverTo(cluster, 'dev');
      expect((await delivery.promote(bundles.old)).outcome).toMatchObject({ result: 'promoted' });
      const healed = await healthFacts(cluster, namespace, new AbortController().signal);
      expect(upgradeHealth(healed)).toEqual({ part: 'upgrades', troubles: [], unknown: [] });
    });

    test.each(['null', '[]', '{}', '"open"', '{"apiVersion":"istio-delivery/v1"}', ''])(
      'are no cluster to which nothing was promoted where it is %j',
      async (text) => {
        const { record: genuine = '' } = await record();
        await rewrite({ record: text });
        const plan = deliverTo(cluster, 'dev').plan(bundles.old);
        await expect(plan).rejects.toMatchObject({
          code: 'ClusterStateUnreadable',
          message: expect.stringContaining(
            `ConfigMap ${namespace}/${promotionRecordName} of cluster dev cannot be read`,
          ),
        });
        await rewrite({ record: genuine });
      },
    );

    test('are no cluster to which nothing was promoted where it is gone', async () => {
      await deleteObject(cluster, recordId);
      await expect(deliverTo(cluster, 'dev').plan(bundles.old)).rejects.toMatchObject({
        code: 'ClusterStateUnreadable',
        message: expect.stringMatching(/is missing, and istio-delivery-inventory, .* tell of a promotion; restore it/),
      });
    });
  });
});
