import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubernetesObject, type ObjectId, objectId } from '../../src/ports/objects.ts';
import { findingLines, isBlocking } from '../../src/upgrade/preflight/preflight.ts';
import { read } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { deleteObject } from '../support/somebody.ts';
import { applyAsTeam, revisions, teamDeployment, upgradeTo } from '../support/upgrade.ts';
import { beginUpgradeStory, deployReady, type UpgradeStory } from '../support/upgrade-story.ts';
import { podSpec } from '../support/workloads.ts';

const gateways = 'istio-gateways';
const mesh = { 'istio-delivery/mesh': 'acme' };
const old = { 'istio.io/rev': revisions.old };
const tag = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' };

/** What is there before an upgrade, that no step of it moves, and that its last step would stop at. */
describe('what an upgrade would leave on the old revision', () => {
  let embedded: Embedded;
  let story: UpgradeStory;
  let left: ObjectId[];

  const run = (...words: Parameters<ReturnType<typeof upgradeTo>['run']>) =>
    upgradeTo(embedded, story.bundles.new).run(...words);
  const look = async () => {
    const { findings, code } = await run('start', { until: 'preflight' });
    const found = findings.filter(({ check }) => check !== 'one-build');
    return {
      code,
      blocking: findingLines(found.filter(isBlocking)),
      other: findingLines(found.filter((each) => !isBlocking(each))),
    };
  };

  /** A tag as `istioctl tag set` makes it. */
  async function handMadeTag(): Promise<KubernetesObject> {
    const { metadata, webhooks } = await read(story.cluster, { ...tag, name: 'istio-revision-tag-prod-main' });
    const { 'istio-delivery/mesh': _mesh, ...labels } = metadata.labels ?? {};
    const text = JSON.stringify(webhooks).replaceAll('prod-main', 'by-hand');
    return {
      ...tag,
      metadata: { name: 'istio-revision-tag-by-hand', labels: { ...labels, 'istio.io/tag': 'by-hand' } },
      webhooks: JSON.parse(text),
    };
  }

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    story = await beginUpgradeStory(embedded);
    const own = { namespace: gateways, labels: mesh };
    const gateway = teamDeployment(gateways, 'former', {
      replicas: 1,
      template: {
        metadata: { labels: { app: 'former', 'sidecar.istio.io/inject': 'true', 'istio.io/rev': 'default' } },
        spec: podSpec(),
      },
    });
    await deployReady(story.cluster, [gateway]);
    const stale = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'stale', namespace: 'shop' },
      spec: { selector: { 'istio.io/rev': 'gone' }, ports: [{ port: 80 }] },
    };
    const selector = { matchLabels: { app: 'former' } };
    const made = await applyAsTeam(story.cluster, [
      await handMadeTag(),
      stale,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'former', ...own },
        spec: { selector: { istio: 'former', ...old }, ports: [{ port: 80 }] },
      },
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'former', ...own },
        spec: { minAvailable: 0, selector },
      },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'former', ...own },
        spec: { maxReplicas: 1, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'gone' } },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'nightly', namespace: 'shop' },
        spec: {
          schedule: '0 0 1 1 *',
          jobTemplate: { spec: { template: { metadata: { labels: old }, spec: podSpec({ restartPolicy: 'Never' }) } } },
        },
      },
    ]);
    left = [gateway, ...made].map(objectId);
  });

  afterAll(() => embedded?.stop());

  test('is named before the first step, and nothing is written', async () => {
    const { code, blocking, other } = await look();
    expect(code).toBe('PreflightFailed');
    expect(blocking).toEqual([
      expect.stringMatching(/^fail dangling Service istio-gateways\/former: it selects no pod/),
      expect.stringMatching(/^fail dangling Service shop\/stale: it selects no pod: there is none of revision gone/),
      expect.stringMatching(
        /^fail retirement tag by-hand: it points at revision 1-31-0, and no step of the upgrade changes that/,
      ),
      expect.stringMatching(/^fail retirement Service istio-gateways\/former: it selects pods of revision 1-31-0/),
      expect.stringMatching(/^fail retirement CronJob shop\/nightly: it gives its pods the label of revision 1-31-0/),
      expect.stringMatching(
        /^fail retirement Deployment istio-gateways\/former: it has 1 pod with a proxy of revision 1-31-0/,
      ),
    ]);
    expect(other.sort()).toEqual(
      ['HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Service'].map((kind) =>
        expect.stringMatching(new RegExp(`^warn forgotten ${kind} istio-gateways/former: .* neither bundle has it`)),
      ),
    );
  });

  test('stops the upgrade no longer once it is gone, up to its last step', async () => {
    for (const id of left) await deleteObject(story.cluster, id);
    expect(await look()).toEqual({ blocking: [], other: [] });
    expect(await run('start')).toMatchObject({ result: 'upgraded' });
    expect(await run('finish')).toMatchObject({ result: 'finished' });
  });
});
