import { expect, test } from 'vitest';
import { changeText } from '../../../src/plan/report/change-text.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { bundleOf } from '../../support/bundles.ts';

function sideOf(revision: string, objects: KubernetesObject[]) {
  const part = bundleOf({ dev: [{ stage: 'config', objects }] }).clusters.dev;
  if (part === undefined) throw new Error('no cluster');
  return { part, revision };
}

function istiod(revision: string, some: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `istio-${revision}`, namespace: 'istio-system', labels: { 'istio.io/rev': revision } },
    data: { mesh: 'accessLogFile: /dev/stdout\n', ...some },
  };
}

const filter: KubernetesObject = {
  apiVersion: 'networking.istio.io/v1alpha3',
  kind: 'EnvoyFilter',
  metadata: { name: 'slow', namespace: 'istio-config' },
  spec: { priority: 1 },
};

test('what carries the revision in its name is compared with its counterpart', () => {
  const lines = changeText(
    sideOf('1-30-3', [istiod('1-30-3')]),
    sideOf('1-31-0', [istiod('1-31-0', { tracing: 'zipkin' }), filter]),
  );
  expect(lines.slice(0, 2)).toEqual([
    '@@ the new bundle is rendered like the old one but for 2 objects @@',
    'Revision 1-30-3 of the old one is read as 1-31-0.',
  ]);
  expect(lines).toEqual(
    expect.arrayContaining([
      '~ ConfigMap istio-system/istio-1-31-0 (v1)',
      '+ .data.tracing: zipkin',
      '+ EnvoyFilter istio-config/slow (networking.istio.io/v1alpha3)',
      '+   spec:',
    ]),
  );
  expect(lines.join('\n')).not.toContain('istio-1-30-3');
});

test('a revision is no part of another word', () => {
  const lines = changeText(sideOf('a', [filter]), sideOf('b', [filter]));
  expect(lines[0]).toContain('exactly as the old one');
});

test('what only the old bundle has is named', () => {
  const lines = changeText(sideOf('a', [filter]), sideOf('a', []));
  expect(lines).toContainEqual(expect.stringMatching(/^- EnvoyFilter istio-config\/slow/));
});
