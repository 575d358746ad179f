import { describe, expect, test } from 'vitest';
import { forgeryOf, type KeptBundle, type KeptDigests } from '../../src/apply/verify-stored.ts';
import { sealed, stageDigests } from '../../src/bundle/bundle-digest.ts';
import { clusterPlanDigest, planHead } from '../../src/plan/plan.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { bundleOf } from '../support/bundles.ts';
import { clusterPlan, environmentPlan } from '../support/plans.ts';

const object = (name: string): KubernetesObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

function part(...names: string[]) {
  const { manifest, clusters } = bundleOf({
    dev: [
      { stage: 'base', objects: names.map(object) },
      { stage: 'config', objects: [object(`config of ${names.join()}`)] },
    ],
    prod: [{ stage: 'base', objects: [object('other')] }],
  });
  const bundle = clusters.dev;
  if (bundle === undefined) throw new Error('it has no cluster dev');
  return { manifest, bundle };
}

const plain = part('a');
const amending = part('b');
const amendment = {
  ...amending,
  bundle: { ...amending.bundle, stages: amending.bundle.stages.filter(({ stage }) => stage === 'config') },
};
const plan = environmentPlan({ clusters: [clusterPlan({ cluster: 'dev' }), clusterPlan({ cluster: 'prod' })] });
const [approvedPart] = plan.clusters;
const approved = { plan: planHead(plan), clusterPlan: approvedPart ?? clusterPlan({ cluster: 'dev' }) };

const whole: KeptBundle = { ...plain, approved, amendment };
const digests: KeptDigests = {
  rendered: plain.manifest.digest,
  amendment: amending.manifest.digest,
  plan: plan.digest,
};

const more = { stage: 'base' as const, objects: [object('a'), object('added')] };

/** The part with other objects, and every digest made to fit. */
function refitted({ manifest, bundle }: KeptBundle): KeptBundle {
  const stages = bundle.stages.map((each) => (each.stage === 'base' ? more : each));
  return {
    manifest: sealed({ ...manifest, clusters: { ...manifest.clusters, dev: stageDigests(stages) } }),
    bundle: { ...bundle, stages },
  };
}

test('what is kept is what was written, in whatever order its keys come back', () => {
  const backwards = JSON.parse(JSON.stringify(whole), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  ) as KeptBundle;
  expect(forgeryOf(backwards, digests)).toBeUndefined();
  expect(forgeryOf(plain, { rendered: plain.manifest.digest })).toBeUndefined();
});

describe('a change is found', () => {
  const otherDeletes = { ...approved.clusterPlan, problems: [{ kind: 'invalid' }] } as unknown as typeof approvedPart;
  test.each<[string, Partial<KeptBundle>, string]>([
    ['in an object', { bundle: { ...plain.bundle, stages: [more] } }, 'the objects of cluster dev are not those'],
    ['in another object, with digests that fit', refitted(whole), 'it is bundle sha256:'],
    ['in a policy', { manifest: { ...plain.manifest, health: { settle: 1 } } }, 'it is bundle sha256:'],
    [
      'in a policy that fits another digest',
      { manifest: sealed({ ...plain.manifest, health: { settle: 1 } }) },
      'it is bundle',
    ],
    ['in the digest it names', { manifest: { ...plain.manifest, digest: 'sha256:x' } }, 'it names the digest sha256:x'],
    [
      'in the cluster it is for',
      { bundle: { ...plain.bundle, cluster: 'prod' } },
      'the objects of cluster prod are not',
    ],
    ['in the cluster, which the bundle does not have', { bundle: { ...plain.bundle, cluster: 'x' } }, 'the objects of'],
    [
      'in the configuration',
      { amendment: { ...amendment, bundle: { ...amendment.bundle, stages: [] } } },
      'the objects',
    ],
    [
      'in another stage beside the configuration',
      { amendment: { ...amendment, bundle: amending.bundle } },
      'the objects of cluster dev are not those',
    ],
    ['in the bundle of the configuration', { amendment: plain }, 'it is bundle'],
    [
      'in what was approved',
      { approved: { ...approved, clusterPlan: { ...approved.clusterPlan, upgrade: true } } },
      'what was approved of it is not plan',
    ],
    [
      'in what was approved, with a digest that fits',
      {
        approved: {
          ...approved,
          clusterPlan: {
            ...approved.clusterPlan,
            upgrade: true,
            digest: clusterPlanDigest({ ...approved.clusterPlan, upgrade: true }),
          },
        },
      },
      'what was approved of it is not plan',
    ],
    [
      'in what was approved, which is about another cluster',
      { approved: { ...approved, clusterPlan: plan.clusters[1] ?? approved.clusterPlan } },
      'what was approved of it is not plan',
    ],
    [
      'in what was approved, by force',
      { approved: { ...approved, plan: { ...approved.plan, forceConflicts: true } } },
      'what was approved',
    ],
    [
      'in a problem that was approved',
      { approved: { ...approved, clusterPlan: otherDeletes ?? approved.clusterPlan } },
      'what was approved',
    ],
  ])('%s', (_, change, reason) => {
    expect(forgeryOf({ ...whole, ...change }, digests)).toContain(reason);
  });

  test('where a part is missing', () => {
    const { amendment: _amendment, ...unamended } = whole;
    const { approved: _approved, ...unapproved } = whole;
    expect(forgeryOf(unamended, digests)).toBe('the configuration that was promoted is missing');
    expect(forgeryOf(unapproved, digests)).toBe('what was approved of it is missing');
  });

  test('where a configuration was added', () => {
    expect(forgeryOf(whole, { rendered: plain.manifest.digest })).toBe('it has a configuration that nobody promoted');
  });

  test('where its manifest is none', () => {
    const manifest = { ...plain.manifest, environments: 5 } as unknown as KeptBundle['manifest'];
    expect(forgeryOf({ ...plain, manifest }, { rendered: plain.manifest.digest })).toMatch(
      /^its manifest is not as render writes it: environments: /,
    );
  });
});
