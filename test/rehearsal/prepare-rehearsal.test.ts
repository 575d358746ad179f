import { describe, expect, test } from 'vitest';
import { forgeryOf } from '../../src/apply/verify-stored.ts';
import type { Bundle, ClusterBundle } from '../../src/bundle/bundle.ts';
import { upgradeNotes } from '../../src/plan/upgrade-notes.ts';
import { prepareRehearsal } from '../../src/rehearsal/prepare-rehearsal.ts';
import { bundleOf, deciding } from '../support/bundles.ts';

function bundle(revision: string): Bundle {
  const requests = { cpu: '1', memory: '4Gi' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `istiod-${revision}`, namespace: 'istio-system' },
    spec: { template: { spec: { containers: [{ name: 'discovery', resources: { requests } }] } } },
  };
  const made = bundleOf({ dev: [{ stage: 'revision', objects: [deployment] }], other: [] });
  return deciding(made, { istio: { version: '1.31.0', revision } });
}

function clusterOf({ dev }: Bundle['clusters']): ClusterBundle {
  return dev ?? expect.fail('the bundle holds nothing for cluster dev');
}

const common = { cluster: 'dev', overlay: { patches: [] }, soak: 0, sample: [], workloads: [] };

describe('prepareRehearsal', () => {
  test('lays the same over both bundles, which are bundles of their own then, and tells every field', () => {
    const [from, to] = [bundle('1-30-0'), bundle('1-31-0')];
    const plan = prepareRehearsal({ ...common, way: 'upgrade', from, to });
    expect(plan).toMatchObject({ namespaces: [{ metadata: { name: 'istio-system' } }] });
    for (const { manifest, clusters } of [plan.old, plan.coming]) {
      expect(forgeryOf({ manifest, bundle: clusterOf(clusters) }, { rendered: manifest.digest })).toBeUndefined();
      expect(Object.keys(manifest.clusters)).toEqual(['dev']);
    }
    expect([plan.old, plan.coming].map(({ manifest }) => manifest.digest)).not.toEqual([
      from.manifest.digest,
      to.manifest.digest,
    ]);
    expect(plan.overlay.map(({ object }) => object)).toEqual([
      'Deployment istio-system/istiod-1-30-0',
      'Deployment istio-system/istiod-1-30-0',
      'Deployment istio-system/istiod-1-31-0',
      'Deployment istio-system/istiod-1-31-0',
    ]);
  });

  test('waits for no soak of the mesh file for longer than it may, and says so', () => {
    const group = { name: 'canary', namespaces: [], tag: 'prod', label: 'managed' as const, batch: 1, soak: 1800 };
    const upgrade = {
      groups: [group, { ...group, name: 'main', soak: 5 }],
      soak: 3600,
      acknowledgeNotes: false,
      waivers: [],
    };
    const [from, to] = [bundle('1-30-0'), deciding(bundle('1-31-0'), { upgrade })];
    const plan = prepareRehearsal({ ...common, way: 'upgrade', from, to, soak: 10 });
    expect(plan.coming.manifest.upgrade).toMatchObject({ groups: [{ soak: 10 }, { soak: 5 }], soak: 10 });
    expect(plan.soaks).toEqual([
      { of: 'group canary', seconds: 1800, rehearsed: 10 },
      { of: 'the whole mesh', seconds: 3600, rehearsed: 10 },
    ]);
    expect(prepareRehearsal({ ...common, way: 'promotion', from, to }).soaks).toEqual([]);
  });

  test('takes the notes as read that somebody must acknowledge, and lists them', () => {
    const upgrade = { groups: [], soak: 0, acknowledgeNotes: true, waivers: [] };
    const istio = { version: '1.30.3', revision: '1-30-3' };
    const [from, to] = [deciding(bundle('1-30-3'), { istio }), deciding(bundle('1-31-0'), { upgrade })];
    const { notes } = prepareRehearsal({ ...common, way: 'upgrade', from, to });
    expect(notes.length).toBeGreaterThan(0);
    expect(notes).toEqual(upgradeNotes('1.30.3', '1.31.0').map(({ id, title }) => ({ id, title })));
    expect(prepareRehearsal({ ...common, way: 'upgrade', from, to: bundle('1-31-0') }).notes).toEqual([]);
  });

  test('keeps what prerequisites say of a namespace beside the tag of its group, and stands in for no Secret of theirs', () => {
    const tls = { mode: 'SIMPLE', credentialName: 'web' };
    const gateway = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: 'web', namespace: 'istio-gateways' },
      spec: { selector: { istio: 'ingress' }, servers: [{ hosts: ['shop.example'], tls }] },
    };
    const pods = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'ingress', namespace: 'istio-gateways' },
      spec: { template: { metadata: { labels: { istio: 'ingress' } }, spec: {} } },
    };
    const group = { name: 'main', namespaces: ['shop'], tag: 'prod', label: 'owner' as const, batch: 1, soak: 0 };
    const to = deciding(bundleOf({ dev: [{ stage: 'config', objects: [gateway, pods] }] }), {
      upgrade: { groups: [group], soak: 0, acknowledgeNotes: false, waivers: [] },
    });
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'shop' } } };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web', namespace: 'istio-gateways' } };
    const prerequisites = [namespace, secret].map((object, index) => ({ object, place: `given.yaml:${index + 1}` }));
    const plan = prepareRehearsal({ ...common, way: 'first install', to, prerequisites });
    const labels = { team: 'shop', 'istio.io/rev': 'prod' };
    for (const objects of [plan.namespaces, plan.prerequisites]) {
      expect(objects.find(({ metadata }) => metadata.name === 'shop')?.metadata.labels).toEqual(labels);
    }
    expect(plan.copies.standIns).toEqual([]);
    expect(prepareRehearsal({ ...common, way: 'first install', to }).copies.standIns).toMatchObject([{ name: 'web' }]);
  });

  test("adapts the team's own manifests as it adapts the bundles, and leaves the sample alone", () => {
    const pod = (name: string) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'shop' },
      spec: {
        template: {
          spec: {
            nodeSelector: { pool: 'large' },
            imagePullSecrets: [{ name: 'registry' }],
            containers: [{ name: 'app', image: 'registry.example/app:1', resources: { requests: { cpu: '4' } } }],
          },
        },
      },
    });
    const patch = {
      target: { kind: 'Deployment', name: 'web' },
      reason: 'no mail here',
      merge: { metadata: { labels: { mail: 'off' } } },
    };
    const plan = prepareRehearsal({
      ...common,
      way: 'first install',
      to: bundle('1-31-0'),
      overlay: { patches: [patch] },
      sample: [pod('front')],
      workloads: [pod('web')],
    });
    const [front, web] = plan.workloads;
    expect(plan.team).toEqual([web]);
    expect(front).toEqual(pod('front'));
    expect(web).toMatchObject({ metadata: { name: 'web', labels: { mail: 'off' } } });
    expect(web?.spec).toEqual({
      template: {
        metadata: { annotations: { 'sidecar.istio.io/statsInclusionRegexps': expect.any(String) } },
        spec: {
          containers: [{ name: 'app', image: 'registry.example/app:1', resources: { requests: { cpu: '20m' } } }],
        },
      },
    });
    expect(plan.overlay.filter(({ object }) => object === 'Deployment shop/web').map(({ reason }) => reason)).toContain(
      'no mail here',
    );
    expect(plan.overlay.filter(({ object }) => object === 'Deployment shop/front')).toEqual([]);
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
      prepareRehearsal({
        ...common,
        way: 'first install',
        to: bundle('1-31-0'),
        sample: [sample],
        workloads: [object],
      }),
    ).toThrow(`which ${what} brings too; take it out of the workloads`);
  });
});
