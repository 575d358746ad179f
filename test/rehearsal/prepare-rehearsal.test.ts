import { describe, expect, test } from 'vitest';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { prepareRehearsal } from '../../src/rehearsal/prepare-rehearsal.ts';
import { bundleOf } from '../support/bundles.ts';

function bundle(revision: string): Bundle {
  const requests = { cpu: '1', memory: '4Gi' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `istiod-${revision}`, namespace: 'istio-system' },
    spec: { template: { spec: { containers: [{ name: 'discovery', resources: { requests } }] } } },
  };
  const made = bundleOf({ dev: [{ stage: 'revision', objects: [deployment] }], other: [] });
  return { ...made, manifest: { ...made.manifest, istio: { version: '1.31.0', revision } } };
}

const common = { cluster: 'dev', overlay: { patches: [] }, workloads: [] };

describe('prepareRehearsal', () => {
  test('lays the same over both bundles, keeps their digests and tells every field', () => {
    const [from, to] = [bundle('1-30-0'), bundle('1-31-0')];
    const plan = prepareRehearsal({ ...common, way: 'upgrade', from, to });
    expect(plan).toMatchObject({ namespaces: [{ metadata: { name: 'istio-system' } }] });
    expect([plan.old.manifest, plan.coming.manifest]).toEqual([from.manifest, to.manifest]);
    expect(Object.keys(plan.coming.clusters)).toEqual(['dev']);
    expect(plan.overlay.map(({ object }) => object)).toEqual([
      'Deployment istio-system/istiod-1-30-0',
      'Deployment istio-system/istiod-1-30-0',
      'Deployment istio-system/istiod-1-31-0',
      'Deployment istio-system/istiod-1-31-0',
    ]);
  });

  test('installs what it comes to, where nothing runs', () => {
    const plan = prepareRehearsal({ ...common, way: 'first install', to: bundle('1-31-0') });
    expect(plan.old).toBe(plan.coming);
  });

  test('refuses a cluster that the bundle has nothing for', () => {
    expect(() =>
      prepareRehearsal({ ...common, way: 'first install', cluster: 'nowhere', to: bundle('1-31-0') }),
    ).toThrow(/holds nothing for cluster "nowhere"/);
  });

  test.each([
    [
      'the bundle',
      {
        apiVersion: 'apps/v1beta1',
        kind: 'Deployment',
        metadata: { name: 'istiod-1-31-0', namespace: 'istio-system' },
      },
    ],
    ['the sample', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop', namespace: 'shop' } }],
  ])('refuses workloads that %s brings too', (what, object) => {
    const sample = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop', namespace: 'shop' } };
    expect(() =>
      prepareRehearsal({ ...common, way: 'first install', to: bundle('1-31-0'), workloads: [sample, object] }),
    ).toThrow(`which ${what} brings too; take it out of the workloads`);
  });
});
