import { expect, test } from 'vitest';
import { isPinned, nodeImageFor, nodeImageLike } from '../../src/local/node-image.ts';

test.each([
  ['1.37', 'v1.37.0'],
  ['v1.36.4', 'v1.36.4'],
  ['1.34.11', 'v1.34.11'],
])('Kubernetes %s has a node image by digest', (version, tag) => {
  const image = nodeImageFor(version);
  expect(image.startsWith(`kindest/node:${tag}@sha256:`)).toBe(true);
  expect(isPinned(image)).toBe(true);
});

test.each([
  ['v1.36.1', 'v1.36.4'],
  ['v1.34.9-gke.1200', 'v1.34.11'],
  ['v1.35.0+k3s1', 'v1.35.8'],
])('the node image like Kubernetes %s is of its minor version', (version, tag) => {
  expect(nodeImageLike(version)).toBe(nodeImageFor(tag));
});

test.each(['v1.33.9', 'v1.3.1', 'v2.0.0', 'unknown'])('there is no node image like Kubernetes %s', (version) => {
  expect(nodeImageLike(version)).toBeUndefined();
});

test.each(['1.3', '1.34.1', '2', 'latest'])('Kubernetes %s is refused with the versions that there are', (version) => {
  expect(() => nodeImageFor(version)).toThrow(/there are 1\.37\.0, 1\.36\.4, 1\.35\.8, 1\.34\.11/);
});

test.each(['kindest/node:v1.37.0', 'kindest/node', `kindest/node@sha256:${'a'.repeat(63)}`])(
  '%s is not pinned',
  (image) => {
    expect(isPinned(image)).toBe(false);
  },
);
