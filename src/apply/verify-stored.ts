import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type BundleManifest, type ClusterBundle, type Stage, stages } from '../bundle/bundle.ts';
import { bundleDigest, stageDigests } from '../bundle/bundle-digest.ts';
import { manifestContent } from '../bundle/bundle-manifest.ts';
import { messageOf } from '../errors.ts';
import { type ClusterPlan, clusterPlanDigest, type PlanHead, planDigest } from '../plan/plan.ts';

/** A cluster's own part of a bundle, and what the bundle says of itself. */
export interface BundlePart {
  manifest: BundleManifest;
  bundle: ClusterBundle;
}

/** What was approved of an upgrade in one cluster. */
export interface ApprovedUpgrade {
  plan: PlanHead;
  clusterPlan: ClusterPlan;
}

/** What a cluster keeps of a bundle, as it stands in the chunks. */
export interface KeptBundle extends BundlePart {
  /** Of a bundle that an upgrade goes to. */
  approved?: ApprovedUpgrade;
  /** The bundle whose configuration it has since; the part holds no other stage. */
  amendment?: BundlePart;
}

const bundle = z.looseObject({
  cluster: z.string(),
  stages: z.array(z.looseObject({ stage: z.enum(stages), objects: z.array(z.looseObject({})) })),
});

/** That of which nothing can be held against a digest: its outline. */
export const keptSchema = z.looseObject({
  manifest: z.looseObject({ clusters: z.looseObject({}) }),
  bundle,
  approved: z
    .looseObject({
      plan: z.looseObject({ clusters: z.array(z.looseObject({ cluster: z.string(), digest: z.string() })) }),
      clusterPlan: z.looseObject({ changes: z.array(z.looseObject({})), identity: z.looseObject({}) }),
    })
    .optional(),
  amendment: z.looseObject({ manifest: z.looseObject({}), bundle }).optional(),
});

/** The digests that everything which is kept of a bundle must have. */
export interface KeptDigests {
  /** Of the bundle itself. */
  rendered: string;
  /** Of the bundle whose configuration it has since. */
  amendment?: string;
  /** Of the plan of the upgrade that goes to it. */
  plan?: string;
}

/** Why what is kept is not what it was when it was written; undefined where every byte of it is. */
export function forgeryOf(kept: KeptBundle, expected: KeptDigests): string | undefined {
  const { amendment, approved } = kept;
  if ((amendment === undefined) !== (expected.amendment === undefined)) {
    return amendment ? 'it has a configuration that nobody promoted' : 'the configuration that was promoted is missing';
  }
  if (expected.plan !== undefined && approved === undefined) return 'what was approved of it is missing';
  return (
    partForgery(kept, expected.rendered) ??
    (amendment && partForgery(amendment, expected.amendment, 'config')) ??
    (expected.plan === undefined ? undefined : approvalForgery(kept, expected.plan))
  );
}

/** `only`: the one stage that the part holds. */
function partForgery({ manifest, bundle }: BundlePart, expected: string | undefined, only?: Stage): string | undefined {
  try {
    const { digest: _digest, ...content } = manifest;
    const actual = bundleDigest(manifestContent(content));
    if (actual !== expected) return `it is bundle ${actual}`;
    if (manifest.digest !== actual) return `it names the digest ${manifest.digest}`;
    const wanted = manifest.clusters[bundle.cluster];
    const held = stageDigests(bundle.stages);
    const of = only === undefined ? wanted : { ...(wanted?.[only] ? { [only]: wanted[only] } : {}) };
    return isDeepStrictEqual(held, of)
      ? undefined
      : `the objects of cluster ${bundle.cluster} are not those of the bundle`;
  } catch (error) {
    return `its manifest ${messageOf(error)}`;
  }
}

function approvalForgery({ bundle, approved }: KeptBundle, expected: string): string | undefined {
  if (approved === undefined) return undefined;
  const { plan, clusterPlan } = approved;
  const entry = plan.clusters.find(({ cluster }) => cluster === bundle.cluster);
  const isApproved =
    planDigest(plan) === expected &&
    clusterPlan.cluster === bundle.cluster &&
    clusterPlanDigest(clusterPlan) === entry?.digest;
  return isApproved ? undefined : `what was approved of it is not plan ${expected}`;
}
