import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../src/plan/plan.ts';
import { conflictLines } from '../../../src/plan/report/conflict-lines.ts';
import { mesh } from '../../support/meshes.ts';

interface Conflict {
  name?: string;
  kind?: string;
  field?: string;
  owner?: string;
}

function conflict({
  name = 'cart',
  kind = 'VirtualService',
  field = '.spec.http',
  owner = 'argocd-controller',
}: Conflict = {}): Problem {
  const id = { apiVersion: 'networking.istio.io/v1', kind, namespace: 'shop', name };
  return { kind: 'conflict', id, stage: 'config', conflicts: [{ owner, field }] };
}

function linesOf(...problems: Problem[]): string[] {
  return conflictLines([{ cluster: 'dev', problems }]);
}

describe('a field that somebody else owns', () => {
  test('is a finding with the ways out', () => {
    expect(linesOf(conflict())).toEqual([
      '"argocd-controller" owns .spec.http of VirtualService shop/cart: give it up there, or declare it in the mesh file: fields: [{kind: VirtualService, name: cart, path: .spec.http, owner: argocd-controller, reason: …}], or plan with force-conflicts to take it',
    ]);
  });

  test('is said once for all objects and clusters', () => {
    const problems = ['cart', 'pay', 'web', 'search'].map((name) => conflict({ name }));
    expect(
      conflictLines([
        { cluster: 'east', problems },
        { cluster: 'west', problems: problems.slice(0, 1) },
        { cluster: 'north', problems: [] },
      ]),
    ).toEqual([
      expect.stringMatching(
        /^"argocd-controller" owns \.spec\.http of 4 VirtualService objects: .*\{kind: VirtualService, path: \.spec\.http, owner/,
      ),
      '  VirtualService shop/cart: .spec.http in east, west',
      '  VirtualService shop/pay: .spec.http in east',
      '  VirtualService shop/web: .spec.http in east',
      '  VirtualService shop/search: .spec.http in east',
    ]);
  });

  test.each(['["a', '[', '"', '[*]', '.data.'])('is read at once, were its path %j over and over', (piece) => {
    const started = performance.now();
    for (const length of [100, 4000, 1_000_000]) linesOf(conflict({ field: piece.repeat(length / piece.length) }));
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('is said once for all items of a list', () => {
    const field = (name: string) => `.webhooks[name="${name}"].namespaceSelector`;
    const kind = 'MutatingWebhookConfiguration';
    expect(
      linesOf(conflict({ kind, field: field('a.istio.io') }), conflict({ kind, field: field('b.istio.io') })),
    ).toEqual([
      expect.stringContaining('owns .webhooks[*].namespaceSelector of MutatingWebhookConfiguration shop/cart: '),
      '  MutatingWebhookConfiguration shop/cart: .webhooks[name="a.istio.io"].namespaceSelector',
      '  MutatingWebhookConfiguration shop/cart: .webhooks[name="b.istio.io"].namespaceSelector',
    ]);
  });

  test('is one of its own for each owner, kind and field', () => {
    expect(
      linesOf(
        conflict(),
        conflict({ owner: 'helm' }),
        conflict({ kind: 'DestinationRule' }),
        conflict({ field: '.spec.hosts' }),
      ),
    ).toHaveLength(4);
  });

  test('of the admissions enforcer of AKS comes with its opt-out', () => {
    const [line] = linesOf(conflict({ owner: 'admissionsenforcer' }));
    expect(line).toMatch(/the label admissions\.enforcer\/disabled: "true" on the configuration/);
  });

  test('is no line where a problem is another one', () => {
    const { id, stage } = conflict();
    expect(linesOf({ kind: 'invalid', id, stage, reason: 'bad' })).toEqual([]);
  });

  test.each([
    ['.spec.http', '.spec.http'],
    ['.webhooks[name="a.istio.io"].clientConfig.caBundle', '.webhooks[*].clientConfig.caBundle'],
    ['.spec.ports[port=80,protocol="TCP"].name', '.spec.ports[*].name'],
    ['.metadata.annotations.example.com/team', '.metadata.annotations["example.com/team"]'],
    ['.metadata.labels.app', '.metadata.labels.app'],
    ['.metadata.finalizers[="example.com/x"]', '.metadata.finalizers'],
    ['.spec.servers[0].port', '.spec.servers[*].port'],
  ])('is proposed to the mesh file as a path that it takes: %s', (field, path) => {
    const [line = ''] = linesOf(conflict({ field, owner: "it's me" }));
    const entry = /fields: \[.*\](?=, or plan)/.exec(line)?.[0] ?? '';
    const proposed = entry.replace('…', 'it is theirs').replace("'it''s me'", 'them');
    expect(mesh(proposed).fields).toMatchObject([{ kind: 'VirtualService', name: 'cart', path, owner: 'them' }]);
  });
});
