import { describe, expect, test } from 'vitest';
import { verifyAgainstPlan } from '../../src/apply/approved-changes.ts';
import { policyOf } from '../../src/bundle/policy.ts';
import { openUpgradeState } from '../../src/plan/open-upgrade-state.ts';
import type { Change, ClusterPlan, Problem } from '../../src/plan/plan.ts';
import type { Examination } from '../../src/plan/plan-cluster.ts';
import type { ObjectPlan } from '../../src/plan/plan-object.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { bundleOf } from '../support/bundles.ts';
import { clusterPlan } from '../support/plans.ts';
import { journal, stepEntries } from '../support/upgrades.ts';

const form: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
};
const id = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio' };

const create: Change & { action: 'create' } = { action: 'create', id, stage: 'base', after: form, validated: true };
const update: Change = {
  action: 'update',
  id,
  stage: 'base',
  fields: [{ path: '.data.a', before: '1', after: '2' }],
  taken: [],
};
const removal: Change & { action: 'delete' } = { action: 'delete', id, uid: 'u1', before: { data: { a: '1' } } };

/** What an examination finds when the one object of the bundle is as `outcome` says. */
function found(outcome: ObjectPlan['outcome'], prunes: Change[] = [], policy: Examination['policy'] = []): Examination {
  const planned = { object: form, stage: 'base' as const, scaled: false, inBundle: { namespace: true } };
  return {
    identity: { uid: 'uid-dev', server: 'https://dev', version: 'v1.34.2' },
    record: undefined,
    promotions: 0,
    way: { kind: 'promotion' },
    inventory: [],
    objects: [{ planned, form, fieldManager: 'istio-delivery', live: undefined, left: [], outcome, warnings: [] }],
    leaving: [],
    prunes,
    policy,
  };
}

/** Holds what was found against the plan of that cluster. */
function verify(plan: ClusterPlan, examination: Examination): void {
  verifyAgainstPlan({ plan: { digest: 'sha256:p1' }, clusterPlan: plan }, examination);
}

function changed(change: Change): ObjectPlan['outcome'] {
  return { kind: 'change', change };
}

describe('a plan still holds', () => {
  test.each<[string, Change[], Examination]>([
    ['while the object is as the plan found it', [update], found(changed(update))],
    ['when the object is as the plan leaves it', [update], found({ kind: 'unchanged' })],
    [
      'when a field was edited with kubectl and put back',
      [update],
      found(changed({ ...update, taken: [{ owner: 'kubectl-edit', field: '.data.a' }] })),
    ],
    [
      'whoever has written to a value that is shared since',
      [{ ...update, taken: [{ owner: 'flagger', field: '.data', reason: 'it keeps .data.b' }] }],
      found(changed({ ...update, taken: [{ owner: 'rollouts', field: '.data', reason: 'it keeps .data.c' }] })),
    ],
    ['when it can be validated by now', [{ ...create, validated: false }], found(changed(create))],
    ['while what it deletes is there', [removal], found({ kind: 'unchanged' }, [removal])],
    ['when what it deletes is gone', [removal], found({ kind: 'unchanged' })],
    [
      'when others have written to what it deletes',
      [removal],
      found({ kind: 'unchanged' }, [{ ...removal, before: { data: { a: '2' } } }]),
    ],
  ])('%s', (_name, changes, examination) => {
    expect(() => verify(clusterPlan({ changes }), examination)).not.toThrow();
  });
});

describe('a plan has moved', () => {
  const conflict: Problem = { id, stage: 'base', kind: 'conflict', conflicts: [{ owner: 'other', field: '.data.a' }] };
  const otherUpdate: Change = { ...update, fields: [{ path: '.data.a', before: '3', after: '2' }] };
  test.each<[string, Change[], Examination, RegExp]>([
    [
      'when another change is needed than the planned one',
      [update],
      found(changed(otherUpdate)),
      /ConfigMap istio-system\/istio was changed behind the plan \(\.data\.a\)/,
    ],
    [
      'when a field would be taken from somebody else by now',
      [update],
      found(changed({ ...update, taken: [{ owner: 'other', field: '.data.a' }] })),
      /has other field owners than the plan found|was changed behind the plan/,
    ],
    ['when an object changed that the plan does not name', [], found(changed(update)), /was changed behind the plan/],
    ['when an object is gone that the plan does not create', [update], found(changed(create)), /is not there any more/],
    [
      'when somebody owns a field by now',
      [update],
      found({ kind: 'problem', problem: conflict }),
      /\.data\.a is now owned by "other"/,
    ],
    ['when something else would be deleted', [], found({ kind: 'unchanged' }, [removal]), /would be deleted now/],
    [
      'when what it deletes is another object by now',
      [removal],
      found({ kind: 'unchanged' }, [{ ...removal, uid: 'u2' }]),
      /would be deleted now/,
    ],
  ])('%s', (_name, changes, examination, message) => {
    expect(() => verify(clusterPlan({ changes }), examination)).toThrow(message);
  });

  test('when another policy runs by now than the planned difference is from', () => {
    const planned = [{ path: '.upgrade.soak', before: 60, after: 0 }];
    const now = [{ path: '.upgrade.soak', before: 90, after: 0 }];
    const plan = clusterPlan({ policy: planned });
    expect(() => verify(plan, found({ kind: 'unchanged' }, [], now))).toThrow(/policy that runs/);
    expect(() => verify(plan, found({ kind: 'unchanged' }, [], planned))).not.toThrow();
    expect(() => verify(plan, found({ kind: 'unchanged' }))).not.toThrow();
  });

  test('and is refused, so that nothing is written', () => {
    expect(() => verify(clusterPlan(), found(changed(update)))).toThrow(
      expect.objectContaining({ code: 'PlanMoved', kind: 'refused' }),
    );
  });
});

describe('a plan was made under other circumstances', () => {
  const bundle = { digest: 'sha256:b2', revision: 'new' };
  const state = (id: string) => openUpgradeState(journal({ id }), bundle);
  const from = (digest: string) => ({ bundle: digest, istio: { version: '1.31.0', revision: 'old' } });
  const upgrading: Examination = {
    ...found({ kind: 'unchanged' }),
    way: {
      kind: 'upgrade',
      from: {
        ...from('sha256:b1'),
        policy: policyOf(bundleOf({}).manifest),
        chunks: [],
        since: 'then',
        plan: 'sha256:p0',
      },
    },
  };

  test.each<[string, Partial<ClusterPlan>, Examination, RegExp]>([
    [
      'before an upgrade was opened',
      {},
      { ...found({ kind: 'unchanged' }), open: state('one') },
      /no upgrade was open when the plan was made, and upgrade one is open now/,
    ],
    [
      'while an upgrade was open that is over',
      { open: state('one') },
      found({ kind: 'unchanged' }),
      /upgrade one was open when the plan was made, and it is over now/,
    ],
    [
      'while another upgrade was open',
      { open: state('one') },
      { ...found({ kind: 'unchanged' }), open: state('two') },
      /upgrade one was open when the plan was made, and upgrade two is open now/,
    ],
    [
      'when another bundle ran',
      { runs: from('sha256:b0'), upgrade: true },
      upgrading,
      /the plan starts from bundle sha256:b0, and sha256:b1 runs now/,
    ],
    ['for no upgrade', {}, upgrading, /the plan starts from no bundle, and sha256:b1 runs now/],
  ])('%s', (_name, overrides, examination, reason) => {
    expect(() => verify(clusterPlan(overrides), examination)).toThrow(
      expect.objectContaining({ code: 'PlanMoved', kind: 'refused', message: expect.stringMatching(reason) }),
    );
  });

  test('and holds while that upgrade is open, wherever it stands', () => {
    const examination = {
      ...found({ kind: 'unchanged' }),
      open: openUpgradeState(journal({ steps: stepEntries(8) }), bundle),
    };
    expect(() => verify(clusterPlan({ open: state(journal().id) }), examination)).not.toThrow();
    expect(() => verify(clusterPlan({ runs: from('sha256:b1'), upgrade: true }), upgrading)).not.toThrow();
  });
});

describe('a plan that was carried out', () => {
  const current = (plan: string): Examination['record'] => ({
    apiVersion: 'istio-delivery/v1',
    mesh: 'acme',
    environment: 'dev',
    cluster: 'dev',
    promotions: 3,
    current: {
      bundle: 'sha256:b1',
      istio: { version: '1.31.0', revision: '1-31-0' },
      chunks: [],
      policy: policyOf(bundleOf({}).manifest),
      since: '2026-11-23T10:00:00.000Z',
      plan,
    },
  });
  const now = (plan: string): Examination => ({
    ...found({ kind: 'unchanged' }),
    promotions: 3,
    record: current(plan),
  });

  test('is carried out again as long as nothing else was: it finds what it left', () => {
    expect(() => verify(clusterPlan({ promotions: 2 }), now('sha256:p1'))).not.toThrow();
    expect(() => verify(clusterPlan({ promotions: 3 }), now('sha256:p1'))).not.toThrow();
  });

  test.each<[string, number, string]>([
    ['after another one', 2, 'sha256:p2'],
    ['after several, the last of which was itself', 1, 'sha256:p1'],
    ['in a cluster that was put back', 4, 'sha256:p1'],
  ])('is not carried out again %s', (_, promotions, last) => {
    expect(() => verify(clusterPlan({ promotions }), now(last))).toThrow(
      `the plan was made after ${promotions} promotions and upgrades, and it has seen 3 by now`,
    );
  });
});
