import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/bundle/canonical-json.ts';
import { fieldChanges } from '../../../src/plan/field-changes.ts';
import type { Change, ClusterPlan, Plan, Problem } from '../../../src/plan/plan.ts';
import { planReport } from '../../../src/plan/report/plan-report.ts';
import { planText } from '../../../src/plan/report/plan-text.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { clusterPlan, environmentPlan } from '../../support/plans.ts';

const id = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'istio-system', name: 'istio' };
const running = { bundle: 'sha256:b0', istio: { version: '1.30.3', revision: '1-30-3' } };

function update(before: unknown, after: unknown, over: Partial<Change> = {}): Change {
  const fields = [{ path: '.data.mesh', before, after }];
  return { action: 'update', id, stage: 'revision', fields, taken: [], ...over } as Change;
}

function create(kind: string, name: string, fields: object = {}): Change {
  const after = { apiVersion: 'v1', kind, metadata: { name }, ...fields };
  return { action: 'create', id: { apiVersion: 'v1', kind, name }, stage: 'base', after, validated: true };
}

function textOf(clusters: Partial<ClusterPlan>[], over: Partial<Plan> = {}): string {
  return planText(planReport(environmentPlan({ clusters: clusters.map(clusterPlan), ...over }), [])).join('\n');
}

function changesText(...changes: Change[]): string {
  return textOf([{ changes }]);
}

describe('planText', () => {
  test('begins with what it is about, its digest, and what it comes to', () => {
    const plan = environmentPlan({
      clusters: [clusterPlan({ runs: running, upgrade: true, changes: [update(1, 2)] })],
    });
    expect(planText(planReport(plan, [])).slice(0, 4)).toEqual([
      'Upgrade 1.30.3 → 1.31.0, production (1 cluster)',
      `Plan digest ${plan.digest}`,
      'Bundle sha256:b1',
      '1 change in 1 cluster.',
    ]);
  });

  test.each<[string, Partial<ClusterPlan>]>([
    ['First promotion of Istio 1.31.0, production (1 cluster)', {}],
    ['Update in place 1.30.3 → 1.31.0, production (1 cluster)', { runs: running }],
    [
      'Change of Istio 1.31.0, production (1 cluster)',
      { runs: { bundle: 'sha256:b0', istio: { version: '1.31.0', revision: '1-31-0' } } },
    ],
    [
      'Upgrade a → 1-31-0 (Istio 1.31.0), production (1 cluster)',
      { runs: { bundle: 'sha256:b0', istio: { version: '1.31.0', revision: 'a' } }, upgrade: true },
    ],
  ])('is titled %s', (title, cluster) => {
    expect(textOf([cluster])).toMatch(title);
  });

  test('shows a changed value as a diff', () => {
    expect(changesText(update(6, 8))).toContain(
      '~ ConfigMap istio-system/istio (v1), revision\n- .data.mesh: 6\n+ .data.mesh: 8\n',
    );
  });

  test('tells a number from a text that looks like one', () => {
    expect(changesText(update(6, '6'))).toContain("- .data.mesh: 6\n+ .data.mesh: '6'\n");
  });

  test('shows what is created in full, whatever it is', () => {
    const binding = { roleRef: { kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [{ name: 'someone' }] };
    const text = changesText(create('ClusterRoleBinding', 'evil', binding));
    expect(text).toContain('+ ClusterRoleBinding evil (v1), base\n');
    expect(text).toContain('+   roleRef:\n+     kind: ClusterRole\n+     name: cluster-admin\n');
  });

  test('shows characters that nobody sees, in names and paths too', () => {
    const hidden = create('ConfigMap', 'a\u200b', { data: { 'k\u202e': 'v\u00a0' } });
    expect(changesText(hidden)).toContain('+ ConfigMap a⟦U+200B⟧ (v1)');
    expect(changesText(hidden)).toMatch(/k(⟦U\+202E⟧|\\u202[eE]).*v(⟦U\+00A0⟧|\\_)/);
  });

  test('lists risky changes before all others', () => {
    const service = { ...id, kind: 'Service' };
    const hook = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', name: 'h' };
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'r' };
    const text = textOf([
      {
        policy: [{ path: '.environments[production].gate.approval', before: true, after: false }],
        changes: [
          update(1, 2),
          update(1, 2, { id: role }),
          update(1, 2, { taken: [{ owner: 'kubectl-edit', field: '.data.mesh' }], id: { ...id, name: 'taken' } }),
          update(1, 2, { id: hook }),
          update(1, 2, { id: service, stage: 'routing' }),
          { action: 'delete', id: { ...id, name: 'gone' }, uid: 'u1', before: { data: { a: '1' } } },
        ],
      },
    ]);
    expect(text.match(/^@@ .* @@$/gm)).toEqual([
      '@@ Look at this first: Policy that is loosened (1) @@',
      '@@ Look at this first: Routing: which revision serves whom (1) @@',
      '@@ Look at this first: Webhooks (1) @@',
      '@@ Look at this first: Deletions (1) @@',
      '@@ Look at this first: Fields taken from others (1) @@',
      '@@ Look at this first: Access: who may do what (1) @@',
      '@@ Stage revision: 1 to update @@',
    ]);
    expect(text).toContain('~ policy: production no longer asks for an approval');
    expect(text).toContain('! takes .data.mesh from "kubectl-edit"');
  });

  test('shows the same change in several clusters once, and says where it is', () => {
    const removal = (uid: string): Change => ({
      action: 'delete',
      id: { ...id, name: 'old' },
      uid,
      before: { data: { a: '1' } },
    });
    const text = textOf([
      { cluster: 'a', changes: [update(1, 2), removal('u1')] },
      { cluster: 'b', changes: [update(1, 2), removal('u2')] },
      { cluster: 'c', changes: [update(1, 3), removal('u3')] },
    ]);
    expect(text).toContain('(v1), revision · in a, b\n');
    expect(text).toContain('(v1), revision · in c\n');
    expect(text).toContain(
      "- ConfigMap istio-system/old (v1), uid u1, u2, u3 · in every cluster\n-   data:\n-     a: '1'\n",
    );
  });

  test('says that there is nothing to do', () => {
    expect(textOf([{}])).toContain('Nothing to do: production is what the bundle says.');
  });

  test('counts a policy that changes as a change', () => {
    expect(textOf([{ policy: [{ path: '.upgrade.soak', before: 60, after: 0 }] }])).toContain('1 change in 1 cluster.');
  });

  test('says once how many objects the API server could not try yet', () => {
    const unvalidated = (name: string) => ({ ...create('ConfigMap', name), validated: false }) as Change;
    const text = changesText(unvalidated('a'), unvalidated('b'));
    expect(text.match(/not validated|cannot be tried/g)).toHaveLength(1);
    expect(text).toContain('2 objects cannot be tried on the API server');
  });

  test('names the file of an object that is refused', () => {
    const source = 'config/root/istio.yaml:3';
    const problem: Problem = { id, stage: 'base', kind: 'invalid', reason: 'no such field', source };
    expect(textOf([{ problems: [problem] }])).toContain(
      '! ConfigMap istio-system/istio (v1), config/root/istio.yaml:3: no such field\n',
    );
  });

  test('names the owner of a conflicting field and the ways out', () => {
    const problem: Problem = {
      id,
      stage: 'base',
      kind: 'conflict',
      conflicts: [{ owner: 'hpa-fixer', field: '.spec.replicas' }],
    };
    const text = textOf([{ problems: [problem] }]);
    expect(text).toContain(
      '! "hpa-fixer" owns .spec.replicas of ConfigMap istio-system/istio: give it up there, or declare it',
    );
    expect(text).toContain('This plan cannot be promoted: 1 problem.');
  });

  test('keeps a problem of several lines one problem', () => {
    const invalid = (reason: string): Problem => ({ id, stage: 'base', kind: 'invalid', reason });
    expect(textOf([{ problems: [invalid('a\nb')] }])).toContain('(v1): a\n!     b\n');
    expect(textOf([{ problems: [invalid('a'), invalid('b')] }])).not.toContain('!     b');
  });

  test('lists what the API server warns of, apart from the digest', () => {
    const warnings = [{ id, text: 'v1beta1 is deprecated' }];
    expect(textOf([{ warnings }])).toContain(
      '@@ Warnings of the API server @@\nConfigMap istio-system/istio (v1): v1beta1',
    );
    expect(clusterPlan({ warnings }).digest).toBe(clusterPlan().digest);
  });

  test('folds differences between environments that follow from the name of the cluster', () => {
    const differences = [
      { kind: 'differs' as const, id, fields: [{ path: '.data.cluster', before: 'dev', after: 'staging' }] },
      {
        kind: 'differs' as const,
        id: { ...id, name: 'sizes' },
        fields: [
          { path: '.data.name', before: 'in-dev', after: 'in-staging' },
          { path: '.data.cpu', before: 1, after: 2 },
        ],
      },
    ];
    const text = planText(planReport(environmentPlan(), [{ cluster: 'staging', comparedTo: 'dev', differences }])).join(
      '\n',
    );
    expect(text).toContain(
      '@@ staging is rendered like dev but for 1 object and 2 fields with the name of the cluster @@\n~ ConfigMap istio-system/sizes (v1)\n- .data.cpu: 1\n+ .data.cpu: 2\n',
    );
    expect(text).not.toMatch(/\.data\.(cluster|name)/);
    const same = planText(planReport(environmentPlan(), [{ cluster: 'b', comparedTo: 'a', differences: [] }])).join(
      '\n',
    );
    expect(same).toContain('@@ b is rendered exactly as a @@');
  });

  test('leaves out whole objects where there are too many, counts them, and names the file that has them', () => {
    const large = create('ConfigMap', 'large', { data: { text: 'x'.repeat(5000) } });
    const report = planReport(
      environmentPlan({ clusters: [clusterPlan({ changes: [large, create('Service', 'small')] })] }),
      [],
    );
    const text = planText(report, { limit: 2000, file: 'plan.diff' }).join('\n');
    expect(text).toContain('+ ConfigMap large (v1), base … 6 lines, left out here\n');
    expect(text).toContain('+   kind: Service\n');
    expect(text).toContain('Left out here: the contents of 1 object (1 ConfigMap); plan.diff has all of it.');
    const tiny = planText(report, { limit: 150, file: 'plan.diff' }).join('\n');
    expect(tiny).toContain('1 object (1 Service) altogether; plan.diff has all of it.');
  });
});

describe('two different plans never print alike', () => {
  const hidden = fc.constantFrom(
    '\u200b',
    '\u202e',
    '\u00a0',
    '\u2028',
    ' ',
    '\t',
    '\n',
    '-',
    '+',
    '↩',
    '⟦',
    '"',
    "'",
    '\\',
  );
  const letter = fc.oneof(fc.constantFrom('a', 'b', ':', '#', '.', '0', '1'), hidden);
  const text = fc.string({ unit: letter, maxLength: 12 });
  const key = fc.constantFrom('a', 'b', 'name', 'key', 'x.y/z', 'c d', '0');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.constantFrom(0, 1, true, false, 'true', '1', ''),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const object = value.map(
    (spec): KubernetesObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 't' }, spec }),
  );
  const thing = { apiVersion: 'v1', kind: 'Thing', name: 't' };
  const change = fc.oneof(
    object.map((after): Change => ({ action: 'create', id: thing, stage: 'config', after, validated: true })),
    fc.tuple(object, object).map(
      ([before, after]): Change => ({
        action: 'update',
        id: thing,
        stage: 'config',
        fields: fieldChanges(before, after),
        taken: [],
      }),
    ),
    fc.tuple(text, object).map(([uid, before]): Change => ({ action: 'delete', id: thing, uid, before })),
  );
  const owned = fc.record({ owner: fc.constantFrom('helm', 'argo'), field: fc.constantFrom('.a', '.b[0]', '.b[1]') });
  const name = fc.constantFrom('t', 'u');
  const problem = fc.oneof(
    fc
      .tuple(name, text)
      .map(([name, reason]): Problem => ({ id: { ...thing, name }, stage: 'config', kind: 'invalid', reason })),
    fc
      .tuple(name, owned)
      .map(
        ([name, each]): Problem => ({ id: { ...thing, name }, stage: 'config', kind: 'conflict', conflicts: [each] }),
      ),
  );
  const cluster = fc.record({
    changes: fc.array(change, { maxLength: 2 }),
    policy: fc.array(fc.record({ path: text, before: value, after: value }), { maxLength: 1 }),
    problems: fc.uniqueArray(problem, { maxLength: 2, selector: canonicalJson }),
    warnings: fc.array(
      text.map((text) => ({ id: thing, text })),
      { maxLength: 1 },
    ),
    runs: fc.constantFrom(running, { ...running, istio: { version: '1.31.0', revision: 'x' } }),
    upgrade: fc.boolean(),
  });
  const plan = fc
    .array(cluster, { minLength: 1, maxLength: 2 })
    .map((clusters) =>
      environmentPlan({ clusters: clusters.map((each, index) => clusterPlan({ ...each, cluster: `c${index}` })) }),
    );

  const withoutDigests = (report: string) => report.replace(/sha256:\w+/g, '');
  const shown = (each: Plan) => withoutDigests(planText(planReport(each, [])).join('\n'));
  // Problems have no order of their own.
  const content = ({ clusters }: Plan) =>
    canonicalJson(
      clusters.map(({ digest: _digest, problems, ...rest }) => ({
        ...rest,
        problems: problems.map(canonicalJson).sort(),
      })),
    );

  test('whatever they change', () => {
    fc.assert(
      fc.property(plan, plan, (one, other) => {
        fc.pre(content(one) !== content(other));
        expect(shown(one)).not.toBe(shown(other));
      }),
      { numRuns: 1000 },
    );
  });

  test('when they differ in one character', () => {
    const position = fc.nat({ max: 40 });
    fc.assert(
      fc.property(object, object, position, letter, (before, after, at, character) => {
        const spec = JSON.stringify(after.spec, (_key, inner: unknown) =>
          typeof inner === 'string' ? `${inner.slice(0, at)}${character}${inner.slice(at + 1)}` : inner,
        );
        const almost = { ...after, spec: JSON.parse(spec) as unknown };
        fc.pre(canonicalJson(almost) !== canonicalJson(after));
        const of = (to: KubernetesObject) =>
          changesText({
            action: 'update',
            id: thing,
            stage: 'config',
            fields: fieldChanges(before, to),
            taken: [],
          });
        expect(withoutDigests(of(after))).not.toBe(withoutDigests(of(almost)));
      }),
      { numRuns: 1000 },
    );
  });
});
