import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { connectCluster } from '../../src/adapters/kubernetes/connect-cluster.ts';
import type { Bundle, ClusterBundle } from '../../src/bundle/bundle.ts';
import { clusterBundle } from '../../src/plan/plan-environment.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { parseOverlay } from '../../src/rehearsal/overlay/parse-overlay.ts';
import { prepareRehearsal } from '../../src/rehearsal/prepare-rehearsal.ts';
import { sampleFor } from '../../src/rehearsal/sample/sample-for.ts';
import { sampleObjects } from '../../src/rehearsal/sample/sample-objects.ts';
import { stageOn } from '../../src/rehearsal/stage.ts';
import type { Journal } from '../../src/upgrade/journal.ts';
import { silent } from '../support/delivery.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { type StartedKind, startKind } from '../support/kind.ts';
import { meshSnapshot } from '../support/mesh-snapshot.ts';
import { proxySources } from '../support/proxy-sources.ts';
import { sampleImage } from '../support/sample-image.ts';
import { renderBoth } from '../support/upgrade.ts';

/** What one place has made of the same upgrade. */
interface Outcome {
  journals: Journal[];
  objects: Record<string, unknown>;
}

const unwatched = { check: async () => undefined };

describe('the same upgrade on kind and on an embedded control plane', () => {
  let embedded: Embedded;
  let kind: StartedKind;
  let sides: { old: Bundle; coming: Bundle };
  let workloads: KubernetesObject[];
  let onKind: Outcome;
  let onEmbedded: Outcome;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    const image = await sampleImage();
    kind = await startKind('parity', '--images', image);
    const rendered = await renderBoth(embedded, { groups: { canary: ['payments'], main: ['shop'] } });
    sides = prepareRehearsal({
      way: 'upgrade',
      from: rendered.old,
      to: rendered.new,
      cluster: 'dev',
      overlay: overlay(),
      soak: 0,
      sample: [],
      workloads: [],
    });
    const options = sampleFor(sides.coming, clusterBundle(sides.old, 'dev'), {
      image,
      pullPolicy: 'IfNotPresent',
      rate: 1,
    });
    workloads = sampleObjects(options);
    onEmbedded = await upgradeIn(embedded.cluster('dev'), embedded.kubeconfig, 'dev');
    const { kubeconfig, context } = kind;
    onKind = await upgradeIn(connectCluster({ name: 'dev', kubeconfig, context }), kubeconfig, context);
  });
  afterAll(async () => {
    await kind?.stop();
    await embedded?.stop();
  });

  async function upgradeIn(cluster: Cluster, kubeconfig: string, context: string): Promise<Outcome> {
    const signal = new AbortController().signal;
    const stage = stageOn(cluster, {
      old: sides.old,
      coming: sides.coming,
      target: { name: 'dev', context },
      proxies: proxySources(embedded, { kubeconfig, context, signal }).proxies,
      acknowledged: [],
      timeout: 180_000,
      clock: systemClock,
      reporter: silent,
      signal,
    });
    await stage.install([]);
    await stage.deploy(workloads);
    await stage.upgrade('start', unwatched);
    await stage.upgrade('finish', unwatched);
    return {
      journals: stage.upgrades().flatMap(({ journal }) => journal ?? []),
      objects: await meshSnapshot(cluster),
    };
  }

  test('leaves the same steps and the same states of namespaces in the journal', () => {
    expect(onKind.journals.map(decidedOf)).toEqual(onEmbedded.journals.map(decidedOf));
    expect(onKind.journals.map(({ state }) => state)).toEqual(['open', 'finished']);
  });

  test('leaves the same objects behind', () => {
    const ids = [...objectsOf(clusterBundle(sides.coming, 'dev')), ...workloads].map((each) =>
      formatObjectId(objectId(each)),
    );
    const there = (outcome: Outcome) => Object.fromEntries(ids.map((id) => [id, withoutPlace(outcome.objects[id])]));
    expect(there(onKind)).toEqual(there(onEmbedded));
  });

  test('leaves nothing of the old revision in either', () => {
    const leaving = objectsOf(clusterBundle(sides.old, 'dev')).map((each) => formatObjectId(objectId(each)));
    const staying = new Set(
      objectsOf(clusterBundle(sides.coming, 'dev')).map((each) => formatObjectId(objectId(each))),
    );
    const gone = leaving.filter((id) => !staying.has(id));
    expect(gone.length).toBeGreaterThan(10);
    for (const { objects } of [onKind, onEmbedded]) expect(gone.filter((id) => id in objects)).toEqual([]);
  });
});

function overlay() {
  const { E2E_OVERLAY } = process.env;
  return E2E_OVERLAY === undefined ? { patches: [] } : parseOverlay(readFileSync(E2E_OVERLAY, 'utf8'), E2E_OVERLAY);
}

function objectsOf({ stages }: ClusterBundle): KubernetesObject[] {
  return stages.flatMap(({ objects }) => objects);
}

/** What an upgrade decides, without times and without counts of one moment. */
function decidedOf({ state, direction, steps, groups }: Journal) {
  return { state, direction, steps: steps.map(({ step, status }) => ({ step, status })), groups };
}

/** Without what a cluster hands out by itself: addresses, ports and certificates. */
function withoutPlace(object: unknown): unknown {
  const given = new Set(['clusterIP', 'clusterIPs', 'nodePort', 'caBundle', 'ipFamilies', 'ipFamilyPolicy']);
  return object === undefined
    ? undefined
    : JSON.parse(JSON.stringify(object, (key, value) => (given.has(key) ? undefined : value)));
}
