import { join } from 'node:path';
import { systemClock } from '../../src/adapters/clock.ts';
import { waitReady } from '../../src/apply/wait-ready.ts';
import { applyForm } from '../../src/bundle/apply-form.ts';
import type { Bundle, Stage } from '../../src/bundle/bundle.ts';
import { deliveryFieldManager } from '../../src/bundle/field-manager.ts';
import { tagLabel } from '../../src/bundle/labels.ts';
import { clusterBundle } from '../../src/plan/plan-environment.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../src/ports/objects.ts';
import { renderMesh, writeMesh } from './acme.ts';
import type { Embedded } from './embedded.ts';
import { environments } from './story.ts';

export const newRevision = '1-31-0-b';

/** Acme's mesh at a second revision of the same Istio. */
export async function renderSecondRevision(embedded: Embedded): Promise<Bundle> {
  const edit = (text: string) => text.replace('version: 1.31.0', `version: 1.31.0\n  revision: ${newRevision}`);
  return renderMesh(await writeMesh(join(embedded.home, 'acme-b'), { environments, edit }), embedded);
}

/** Applies one stage of a bundle beside what is there, and waits until it is ready. */
export async function bringUpStage(cluster: Cluster, bundle: Bundle, stage: Stage): Promise<void> {
  const live: KubernetesObject[] = [];
  for (const object of objectsOf(cluster, bundle, stage)) live.push(await applyAsIs(cluster, object));
  const signal = new AbortController().signal;
  await waitReady(cluster, live, { timeout: 60_000, clock: systemClock, signal });
}

/** Makes a tag lead where the bundle says. */
export async function moveTag(cluster: Cluster, bundle: Bundle, tag: string): Promise<void> {
  const objects = objectsOf(cluster, bundle, 'routing').filter(({ metadata }) => metadata.labels?.[tagLabel] === tag);
  for (const object of objects) {
    const live = await cluster.get(objectId(object));
    // As in stage `revision`: where it points is what is to change.
    const { form } = applyForm({ object, stage: 'revision', scaled: false }, live, deliveryFieldManager);
    await applyAsIs(cluster, form);
  }
}

/** Applies an object, as its owner does. */
export async function applyAsIs(
  cluster: Cluster,
  object: KubernetesObject,
  fieldManager = deliveryFieldManager,
): Promise<KubernetesObject> {
  const result = await cluster.apply(object, { fieldManager, dryRun: false, force: true });
  if (result.kind !== 'applied') throw new Error(`${formatObjectId(objectId(object))}: ${JSON.stringify(result)}`);
  return result.object;
}

function objectsOf(cluster: Cluster, bundle: Bundle, stage: Stage): KubernetesObject[] {
  return clusterBundle(bundle, cluster.name).stages.find((part) => part.stage === stage)?.objects ?? [];
}
