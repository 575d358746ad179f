import { describe, expect, test } from 'vitest';
import type { BundleManifest } from '../../src/bundle/bundle.ts';
import { rehearsalWay } from '../../src/rehearsal/rehearsal-way.ts';
import { bundleOf } from '../support/bundles.ts';

function manifest(digest: string, revision: string, mesh = 'acme'): BundleManifest {
  return { ...bundleOf({}).manifest, mesh, digest, istio: { version: '1.31.0', revision } };
}

const old = manifest('sha256:1', '1-30-4');
const coming = manifest('sha256:2', '1-31-0');

describe('rehearsalWay', () => {
  test('is a first install where nothing runs', () => {
    expect(rehearsalWay(undefined, coming, { rollback: false })).toBe('first install');
  });

  test('is a promotion at the same revision, an upgrade to another', () => {
    expect(rehearsalWay(manifest('sha256:1', '1-31-0'), coming, { rollback: false })).toBe('promotion');
    expect(rehearsalWay(old, coming, { rollback: true })).toBe('upgrade');
  });

  test('refuses what cannot be rehearsed', () => {
    expect(() => rehearsalWay(manifest('sha256:1', '1-30-4', 'other'), coming, { rollback: false })).toThrow(
      /from is a bundle of mesh other, to one of mesh acme/,
    );
    expect(() => rehearsalWay(undefined, coming, { rollback: true })).toThrow(
      /a rollback is that of an upgrade, and this is a first install/,
    );
  });
});
