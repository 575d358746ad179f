import { describe, expect, test } from 'vitest';
import { type BundleFiles, bundleFromFiles, bundleToFiles } from '../../src/bundle/bundle-files.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { bundleOf } from '../support/bundles.ts';

function namespace(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations: { truth: 'yes', mode: '0644' } } };
}

const bundle = bundleOf({
  dev: [
    { stage: 'namespaces', objects: [namespace('a'), namespace('b')] },
    { stage: 'routing', objects: [namespace('c')] },
  ],
  prod: [{ stage: 'namespaces', objects: [namespace('a')] }],
});

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
      'with a manifest that is no JSON',
      (files) => {
        files['bundle.json'] = '{';
      },
      'bundle: bundle.json cannot be read: it is no JSON',
    ],
    [
      'with a manifest of another version',
      (files) => {
        files['bundle.json'] = '{"apiVersion":"v2"}';
      },
      'bundle: bundle.json is not of istio-delivery/v1',
    ],
    [
      'with another digest in its manifest',
      (files) => {
        files['bundle.json'] = (files['bundle.json'] ?? '').replace(bundle.manifest.digest, 'sha256:x');
      },
      `bundle has the digest ${bundle.manifest.digest}, but bundle.json says sha256:x`,
    ],
    [
      'with a cluster that its manifest does not name',
      (files) => {
        files['bundle.json'] = (files['bundle.json'] ?? '').replaceAll('"prod"', '"other"');
      },
      'bundle: cluster other has the digest',
    ],
  ])('%s', (_, change, message) => {
    expect(() => read(change)).toThrow(message);
  });
});
