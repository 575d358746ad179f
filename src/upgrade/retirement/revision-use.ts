import { revisionLabel } from '../../bundle/labels.ts';
import { tagOf } from '../../plan/istio-in-cluster.ts';
import { type KubernetesObject, type ObjectId, objectId, objectKey } from '../../ports/objects.ts';
import { podTemplate } from '../workloads/workload.ts';
import type { RevisionFacts } from './revision-facts.ts';

/** What is looked at to prove that a revision is unused. */
export type ProofId =
  | 'pods'
  | 'labels'
  | 'gateways'
  | 'tags'
  | 'webhooks'
  | 'services'
  | 'node-agents'
  | 'proxies'
  | 'remote-clusters';

/** Something that still needs a revision. */
export interface RevisionUse {
  proof: ProofId;
  /** As a person reads it: `Deployment shop/storefront`. */
  object: string;
  reason: string;
  /** What its owner must do. */
  cure: string;
  /** It goes by itself, and before long. */
  passes?: boolean;
}

/** A revision that is to go. */
export interface LeavingRevision {
  revision: string;
  /** Keys of the objects that go with it, and so do not count as uses. */
  leaving: ReadonlySet<string>;
}

/** Whether an object goes with the revision. */
export function leaves({ leaving }: LeavingRevision, id: ObjectId): boolean {
  return leaving.has(objectKey(id));
}

/** What a label `istio.io/rev` may say to mean the revision, each with a person's words for it. */
export function namesOf({ mutating }: RevisionFacts, leaving: LeavingRevision): Map<string, string> {
  const names = new Map([[leaving.revision, `revision ${leaving.revision}`]]);
  for (const configuration of mutating) {
    const tag = tagOf(configuration);
    if (tag === undefined) continue;
    if (configuration.metadata.labels?.[revisionLabel] === leaving.revision) {
      names.set(tag, `tag ${tag}, which points at revision ${leaving.revision}`);
    } else if (leaves(leaving, objectId(configuration))) {
      names.set(tag, `tag ${tag}, which goes with revision ${leaving.revision}`);
    }
  }
  return names;
}

/** Whether it is a DaemonSet of Istio's own for the nodes (ztunnel, istio-cni), of that revision. */
export function isNodeAgent(template: KubernetesObject, revision: string): boolean {
  if (template.kind !== 'DaemonSet') return false;
  const annotations = { ...podTemplate(template).annotations, ...template.metadata.annotations };
  return annotations[revisionLabel] === revision;
}
