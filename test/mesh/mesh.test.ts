import { expect, test } from 'vitest';
import { revisionTags, upgradePolicy } from '../../src/mesh/mesh.ts';
import { mesh } from '../support/meshes.ts';

const groups = [
  'groups:',
  '  - { name: canary, tag: prod-canary, namespaces: { names: [payments] }, soak: 1h30m }',
  '  - { name: main, tag: prod, namespaces: { names: [shop, catalog] }, label: owner, batch: 5 }',
].join('\n');

test('an upgrade goes by the groups in their order, by the tags, and in seconds', () => {
  const upgrade = [
    'gatewayApi: { tag: prod-gateways }',
    'upgrade:',
    '  soak: 24h',
    '  acknowledgeNotes: true',
    '  waivers:',
    '    - { check: recreate, object: Deployment shop/batch, reason: nobody shops at night }',
    '    - { check: paused, reason: they are to stay as they are }',
  ].join('\n');
  expect(upgradePolicy(mesh(`${groups}\n${upgrade}`))).toEqual({
    groups: [
      { name: 'canary', namespaces: ['payments'], tag: 'prod-canary', label: 'managed', batch: 1, soak: 5400 },
      { name: 'main', namespaces: ['shop', 'catalog'], tag: 'prod', label: 'owner', batch: 5, soak: 0 },
    ],
    gatewayApiTag: 'prod-gateways',
    soak: 86_400,
    acknowledgeNotes: true,
    waivers: [
      { check: 'recreate', object: 'Deployment shop/batch', reason: 'nobody shops at night' },
      { check: 'paused', reason: 'they are to stay as they are' },
    ],
  });
});

test('an upgrade of a mesh that says nothing of it waits for nothing and waives nothing', () => {
  expect(upgradePolicy(mesh())).toEqual({ groups: [], soak: 0, acknowledgeNotes: false, waivers: [] });
});

test('a mesh has a tag for each group, one for the Gateway API if it has any, and the default one', () => {
  expect(revisionTags(mesh())).toEqual(['default']);
  expect(revisionTags(mesh(`${groups}\ngatewayApi: { tag: prod-gateways }`))).toEqual([
    'prod-canary',
    'prod',
    'prod-gateways',
    'default',
  ]);
});
