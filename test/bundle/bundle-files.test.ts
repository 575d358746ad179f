import { describe, expect, test } from 'vitest';
import type { StageObjects } from '../../src/bundle/bundle.ts';
import { sealed, sha256 } from '../../src/bundle/bundle-digest.ts';
import { type BundleFiles, bundleFromFiles, bundleToFiles } from '../../src/bundle/bundle-files.ts';
import type { ManifestContent } from '../../src/bundle/bundle-manifest.ts';
import { provenanceOf } from '../../src/bundle/provenance.ts';
import type { Environment } from '../../src/mesh/environment.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { bundleOf } from '../support/bundles.ts';

function namespace(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations: { truth: 'yes', mode: '0644' } } };
}

const environments: Environment[] = ['dev', 'prod'].map((name, index, names) => ({
  name,
  after: names.slice(0, index),
  clusters: [{ name, context: name }],
  waves: [[name]],
  gate: { approval: index > 0, identity: 'optional', needs: [] },
}));

const bundle = bundleOf(
  {
    dev: [
      { stage: 'namespaces', objects: [namespace('a'), namespace('b')] },
      { stage: 'routing', objects: [namespace('c')] },
    ],
    prod: [{ stage: 'namespaces', objects: [namespace('a')] }],
  },
  { environments },
);

function read(change: (files: BundleFiles) => void) {
  const files = bundleToFiles(bundle);
  change(files);
  return bundleFromFiles(files, 'bundle');
}

test('a bundle is read as it was written', () => {
  expect(read(() => {})).toEqual(bundle);
});

test('the order of keys does not change the digest', () => {
  const { metadata, kind, apiVersion } = namespace('a');
  const other = bundleOf({ prod: [{ stage: 'namespaces', objects: [{ metadata, kind, apiVersion }] }] });
  expect(other.clusters.prod?.digest).toBe(bundle.clusters.prod?.digest);
});

test('files beside the clusters are not in the digest', () => {
  expect(
    read((files) => {
      files['provenance.json'] = '{}';
    }),
  ).toEqual(bundle);
});

describe("the places of the team's own objects", () => {
  const sources = { 'v1/Namespace//a': 'config/a.yaml:12' };
  const withProvenance = (provenance: string) =>
    read((files) => {
      files['provenance.json'] = provenance;
    });

  test('are read from the provenance', () => {
    const { digest } = bundle.manifest;
    const provenance = provenanceOf({ digest, at: new Date(), source: undefined, tools: [], sources });
    expect(withProvenance(JSON.stringify(provenance))).toEqual({ ...bundle, sources });
  });

  test.each<[string, string]>([
    ['has none', JSON.stringify({ digest: bundle.manifest.digest })],
    ['is about another bundle', JSON.stringify({ digest: 'sha256:x', sources })],
    ['is no JSON', '{'],
    ['is a list', '[]'],
    ['has places that are none', JSON.stringify({ digest: bundle.manifest.digest, sources: [] })],
  ])('are left out where the provenance %s', (_, provenance) => {
    expect(withProvenance(provenance)).toEqual(bundle);
  });

  test('are left out where they are no places', () => {
    const bad = { a: 5, b: 'x', c: 'x\n::error::y:5', d: 'a.yaml:5' };
    expect(withProvenance(JSON.stringify({ digest: bundle.manifest.digest, sources: bad })).sources).toEqual({
      d: 'a.yaml:5',
    });
  });
});

describe('a bundle that holds two documents of one id is refused', () => {
  const other = { ...namespace('a'), apiVersion: 'v1beta1' };

  test.each<[string, StageObjects[], string]>([
    ['in one stage', [{ stage: 'base', objects: [namespace('a'), namespace('a')] }], 'twice in clusters/dev/base.yaml'],
    [
      'in two stages and of two versions',
      [
        { stage: 'base', objects: [namespace('a')] },
        { stage: 'config', objects: [other] },
      ],
      'in clusters/dev/base.yaml and in clusters/dev/config.yaml',
    ],
  ])('%s', (_, dev, places) => {
    expect(() => bundleFromFiles(bundleToFiles(bundleOf({ dev })), 'bundle')).toThrow(
      `bundle: Namespace a stands ${places}; take the bundle as it was rendered, or render it again`,
    );
  });
});

test('a bundle that holds a Secret is refused, by name', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls', namespace: 'istio-gateways' } };
  const files = bundleToFiles(bundleOf({ dev: [{ stage: 'config', objects: [secret] }] }));
  expect(() => bundleFromFiles(files, 'bundle')).toThrow(
    /^bundle would hold Secret istio-gateways\/tls, and whoever may read it could read that: create it in the cluster/,
  );
});

describe('a bundle is refused', () => {
  test.each<[string, (files: BundleFiles) => void, string]>([
    [
      'with a changed byte',
      (files) => {
        files['clusters/dev/routing.yaml'] += ' ';
      },
      'bundle: clusters/dev/routing.yaml was changed after the bundle was rendered',
    ],
    [
      'with a missing file',
      (files) => {
        delete files['clusters/prod/namespaces.yaml'];
      },
      'bundle: clusters/prod/namespaces.yaml is missing',
    ],
    [
      'with a file too many',
      (files) => {
        files['clusters/dev/base.yaml'] = '';
      },
      'bundle: clusters/dev/base.yaml does not belong to the bundle',
    ],
    [
      'without its checksums',
      (files) => {
        delete files['checksums.txt'];
      },
      'bundle is not whole: it has no checksums.txt',
    ],
    [
      'without its manifest',
      (files) => {
        delete files['bundle.json'];
      },
      'bundle is no bundle: it has no bundle.json',
    ],
    [
      'with another order of environments',
      (files) => {
        files['bundle.json'] = (files['bundle.json'] ?? '').replace(
          '"after": [\n        "dev"\n      ]',
          '"after": []',
        );
      },
      'bundle: bundle.json was changed after the bundle was rendered',
    ],
    [
      'with checksums that another tool sorted',
      (files) => {
        files['checksums.txt'] = (files['checksums.txt'] ?? '')
          .split(/(?<=\n)/)
          .reverse()
          .join('');
      },
      'bundle: checksums.txt and bundle.json do not name the same files with the same digests',
    ],
  ])('%s', (_, change, message) => {
    expect(() => read(change)).toThrow(message);
  });
});

describe('a bundle whose checksums somebody wrote anew is refused', () => {
  const edit = (change: (manifest: Record<string, unknown>) => unknown) => (text: string) =>
    JSON.stringify(change(JSON.parse(text) as Record<string, unknown>));

  test.each<[string, (text: string) => string, string]>([
    ['with a manifest that is no JSON', () => '{', 'bundle: bundle.json cannot be read: it is no JSON'],
    ['with a manifest that is null', () => 'null', 'bundle: bundle.json is not of istio-delivery/v1'],
    [
      'with a manifest of another version',
      () => '{"apiVersion":"v2"}',
      'bundle: bundle.json is not of istio-delivery/v1',
    ],
    [
      'without a part of its manifest',
      edit(({ upgrade: _upgrade, ...rest }) => rest),
      'bundle: bundle.json is not as render writes it: upgrade: ',
    ],
    [
      'with a gate that is no gate',
      edit((manifest) => ({
        ...manifest,
        environments: [{ ...environments[1], gate: { approval: 'yes', identity: 'optional', needs: [] } }],
      })),
      'bundle: bundle.json is not as render writes it: environments[0].gate.approval: ',
    ],
    [
      'with something in its manifest that nobody reads',
      edit((manifest) => ({ ...manifest, extra: 1 })),
      'bundle: bundle.json is not as render writes it',
    ],
    [
      'with a cluster that its manifest does not name',
      (text) => text.replaceAll('"prod"', '"other"'),
      'bundle: checksums.txt and bundle.json do not name the same files with the same digests',
    ],
  ])('%s', (_, change, message) => {
    const broken = (files: BundleFiles) => {
      files['bundle.json'] = change(files['bundle.json'] ?? '');
      const [, ...others] = (files['checksums.txt'] ?? '').split(/(?<=\n)/);
      files['checksums.txt'] = [`${sha256(files['bundle.json'])}  bundle.json\n`, ...others].join('');
    };
    expect(() => read(broken)).toThrow(message);
  });
});

test('whatever a bundle decides is in its digest, and nothing that it says of how it came to be', () => {
  const { manifest } = bundle;
  expect(`sha256:${sha256(bundleToFiles(bundle)['checksums.txt'] ?? '')}`).toBe(manifest.digest);
  const [production] = manifest.environments.slice(1);
  const decides: Partial<ManifestContent>[] = [
    { mesh: 'other' },
    { istio: { version: '1.31.0', revision: 'other' } },
    { namespaces: { root: 'istio-config', controlPlane: 'default' } },
    { environments: [] },
    { environments: [manifest.environments[0], { ...production, after: [] }] as Environment[] },
    { upgrade: { ...manifest.upgrade, soak: 1 } },
    { health: { settle: 1 } },
    { images: ['image'] },
  ];
  const digests = decides.map((change) => sealed({ ...manifest, ...change }).digest);
  expect(new Set([...digests, manifest.digest]).size).toBe(decides.length + 1);
});
