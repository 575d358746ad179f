import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { findingLines } from '../../src/upgrade/preflight/preflight.ts';
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

function barePod(name: string, labels: Record<string, string>): KubernetesObject {
  return { ...pods, metadata: { name, namespace: 'shop', labels }, spec: podSpec() };
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
      barePod('debug', { app: 'bare' }),
      barePod('db-shell', { app: 'db' }),
    ]);
    await replaceWithoutPods();
    for (const label of ['app=report', 'app=bare', 'app=db', 'team=a', 'app=moved']) await withProxy(label);
  });

  /** Changes a selector as people do it: they delete the Deployment without its pods, and create it again. */
  async function replaceWithoutPods(): Promise<void> {
    const former = teamDeployment('shop', 'moved', { replicas: 1 });
    const labels = { app: 'moved', owner: 'platform' };
    await deployReady(story.cluster, [former]);
    const words = ['delete', 'deployment', 'moved', '--namespace', 'shop', '--cascade=orphan', '--context', 'dev'];
    await promisify(execFile)(embedded.tool('kubectl'), [...words, '--kubeconfig', embedded.kubeconfig]);
    await deployReady(story.cluster, [
      teamDeployment('shop', 'moved', {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec() },
      }),
    ]);
  }

  afterAll(() => embedded?.stop());

  test('stop no upgrade, and are named for what they are', async () => {
    const { findings, reason } = await upgradeTo(embedded, story.bundles.new).run('start', { until: 'preflight' });
    const found = findings.filter(({ check }) => !['one-build', 'pinned-template'].includes(check));
    expect(findingLines(found)).toEqual([
      expect.stringMatching(/^warn retirement Pod shop\/db-shell: it has a proxy of revision 1-31-0/),
      expect.stringMatching(/^warn retirement Pod shop\/debug: it has a proxy of revision 1-31-0/),
      expect.stringMatching(/^warn retirement ReplicaSet shop\/moved-\w+: it has 1 pod with a proxy/),
      expect.stringMatching(/^warn retirement Job shop\/report-now: it has 1 pod with a proxy .*wait until it ends/),
    ]);
    expect(reason).toBe(undefined);
  });

  test('keep no workload from its move, and are left to their owners', async () => {
    const before = await podsOf('');
    const moved = await upgradeTo(embedded, story.bundles.new).run('start', { until: 'group:main' });
    expect(moved).toMatchObject({ result: 'stopped' });
    const { skipped = [] } = moved.journal?.groups['main']?.['shop'] ?? {};
    expect(
      skipped
        .filter(({ holdsOldRevision }) => holdsOldRevision)
        .map(({ object }) => object)
        .sort(),
    ).toEqual([
      'Job shop/report-now',
      'Pod shop/db-shell',
      'Pod shop/debug',
      expect.stringMatching(/^ReplicaSet shop\/moved-/),
    ]);
    const after = await podsOf('');
    const stayed = before.filter(({ metadata }) => after.some((pod) => pod.metadata.uid === metadata.uid));
    expect(stayed.map(({ metadata }) => metadata.labels?.app).sort()).toEqual([
      'bare',
      'bare',
      'db',
      'db',
      'moved',
      'report',
      'report',
      undefined,
    ]);
    expect(
      after
        .filter((pod) => proxyRevision(pod) === revisions.new)
        .map(({ metadata }) => metadata.labels?.app)
        .sort(),
    ).toEqual(['api', 'api', 'moved', 'team-web', 'team-web', 'web', 'web']);
  });
});
