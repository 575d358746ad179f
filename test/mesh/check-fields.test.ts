import { describe, expect, test } from 'vitest';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import { mesh, meshText } from '../support/meshes.ts';

function entry(overrides: Record<string, string> = {}): string {
  const field = {
    kind: 'VirtualService',
    path: "'.spec.http[*].route[*].weight'",
    owner: 'rollouts-controller',
    reason: 'Argo Rollouts shifts traffic',
    ...overrides,
  };
  return `fields: [{ ${Object.entries(field)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')} }]`;
}

function errorOf(more: string): string {
  try {
    parseMesh(meshText({ more }), 'mesh.yaml');
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  return 'no error';
}

describe('fields that others own', () => {
  test('are of all objects of the kind where no name is given, and none where none are declared', () => {
    expect(mesh().fields).toEqual([]);
    expect(mesh(entry()).fields).toEqual([
      {
        kind: 'VirtualService',
        name: '*',
        namespace: '*',
        path: '.spec.http[*].route[*].weight',
        owner: 'rollouts-controller',
        reason: 'Argo Rollouts shifts traffic',
      },
    ]);
  });

  test.each([
    [
      entry({ path: 'spec.replicas' }),
      'mesh.yaml:4: fields[0].path: expected the path of a field: .spec.http[*].route[*].weight, .metadata.annotations["x/y"] or .spec.subsets[canary].labels, got "spec.replicas"',
    ],
    [entry({ reason: 'no' }), 'mesh.yaml:4: fields[0].reason: expected a reason of at least 10 characters, got "no"'],
    [
      entry({ kind: 'virtualservices' }),
      'fields[0].kind: expected a kind such as VirtualService, got "virtualservices"',
    ],
    [
      entry({ owner: "'argo cd'" }),
      'fields[0].owner: expected the name of a field manager, as managedFields have it, got "argo cd"',
    ],
    [entry({ name: 'Cart' }), 'fields[0].name: expected a name of lower-case letters, digits, dots and dashes, with *'],
    [entry({ pth: 'x' }), 'expected a known key, got "pth"; did you mean "path"?'],
    [
      entry({ path: '.metadata' }),
      'fields[0].path: expected a field that may be left to others, got ".metadata"; it is a part of the identity of the object, so name a field beside or inside of it',
    ],
    [
      entry({ kind: 'Service', path: '.spec.selector' }),
      'fields[0].path: expected a field that may be left to others, got ".spec.selector"; upgrades move it',
    ],
    [
      entry({ kind: 'MutatingWebhookConfiguration', path: "'.webhooks[*].clientConfig'" }),
      'got ".webhooks[*].clientConfig"; upgrades move it',
    ],
    [`${entry().slice(0, -1)}, ${entry().slice('fields: ['.length)}`, 'expected each field of the same objects once'],
  ])('are refused: %s', (more, message) => {
    expect(errorOf(more)).toContain(message);
  });
});
