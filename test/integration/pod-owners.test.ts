import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { isLive, proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { until } from '../support/until.ts';
import { applyAsTeam, revisions, teamDeployment, upgradeTo } from '../support/upgrade.ts';
import { beginUpgradeStory, deployReady, type UpgradeStory } from '../support/upgrade-story.ts';
import { podSpec, workload } from '../support/workloads.ts';

const pods = { apiVersion: 'v1', kind: 'Pod' };
const recreate = { strategy: { type: 'Recreate' } };
const noProxy = { 'sidecar.istio.io/inject': 'false' };

/** A Deployment without a proxy that would go down as a whole, if an upgrade rolled it. */
function outside(name: string, selector: Record<string, string>): KubernetesObject {
  const template = { metadata: { labels: { ...selector, ...noProxy } }, spec: podSpec() };
  return teamDeployment('shop', name, { ...recreate, replicas: 1, selector: { matchLabels: selector }, template });
}

/** A Job whose pod has its proxy and waits for a node. */
function waitingJob(name: string, labels: Record<string, string>): KubernetesObject {
  const spec = podSpec({ restartPolicy: 'Never', nodeSelector: { 'example.com/pool': 'reports' } });
  const metadata = { name, namespace: 'shop' };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { metadata: { labels }, spec } } };
}

/** Workloads of one namespace whose selectors select pods of others. */
describe('pods that a selector selects and that belong to another', () => {
  let embedded: Embedded;
  let story: UpgradeStory;

  const podsOf = async (label: string) =>
    (await story.cluster.list(pods, { namespace: 'shop', labelSelector: label })).items.filter(isLive);
  const withProxy = (label: string) =>
    until(`a pod with ${label} has a proxy`, async () =>
      (await podsOf(label)).some((pod) => proxyRevision(pod) === revisions.old),
    );

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    story = await beginUpgradeStory(embedded);
    await deployReady(story.cluster, [
      outside('report', { app: 'report' }),
      outside('team', { team: 'a' }),
      teamDeployment('shop', 'team-web', {
        selector: { matchLabels: { app: 'team-web' } },
        template: { metadata: { labels: { app: 'team-web', team: 'a' } }, spec: podSpec() },
      }),
      outside('bare', { app: 'bare' }),
      workload('StatefulSet', 'db', 'shop', {
        spec: { replicas: 1, updateStrategy: { type: 'OnDelete' } },
        labels: noProxy,
      }),
    ]);
    await applyAsTeam(story.cluster, [
      waitingJob('report-now', { app: 'report' }),
      { ...pods, metadata: { name: 'debug', namespace: 'shop', labels: { app: 'bare' } }, spec: podSpec() },
      { ...pods, metadata: { name: 'db-shell', namespace: 'shop', labels: { app: 'db' } }, spec: podSpec() },
    ]);
    for (const label of ['app=report', 'app=bare', 'app=db', 'team=a']) await withProxy(label);
  });

  afterAll(() => embedded?.stop());

  test('neither stop an upgrade nor keep it from moving what is theirs', async () => {
    const { cluster, bundles } = story;
    const before = await podsOf('team=a');
    const looked = await upgradeTo(embedded, bundles.new).run('start', { until: 'preflight' });
    console.log(JSON.stringify(looked, null, 1).slice(0, 6000));
    expect(looked.findings?.filter(({ level }) => level !== 'note')).toEqual([]);
    expect(before.length).toBe(3);
    expect(objectId(before[0] as KubernetesObject).kind).toBe('Pod');
    expect(cluster.name).toBe('dev');
  });
});
