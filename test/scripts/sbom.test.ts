import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namesIn, sbomOf } from '../../scripts/sbom.ts';
import { root } from '../support/workflow-files.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface LockedPackage {
  /** Of a package that is installed under another name. */
  name?: string;
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
}

const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };

describe('the SBOM', () => {
  const licenses = read('dist/licenses.txt');
  const text = sbomOf(licenses);
  const bom = JSON.parse(text) as {
    metadata: { component: { name: string } };
    components: { name: string; version: string; purl: string; hashes: { alg: string; content: string }[] }[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };

  test('has every package whose license comes with the bundle, and no other', () => {
    const names = bom.components.map(({ name }) => name);
    expect([...new Set(names)].sort()).toEqual([...namesIn(licenses)].sort());
    expect(names).toEqual(expect.arrayContaining(['@actions/core', '@vercel/ncc', 'tar-stream', 'zod']));
    expect(names).not.toContain('vitest');
  });

  test('knows every name that licenses.txt may mean', () => {
    // A line with the name of a license after a line that is a package's name, whatever package-lock.json says.
    const named = licenses.matchAll(
      /(?:^|\n)((?:@[a-z][\w.-]*\/)?[a-z][\w.-]*)\n(?:\(?[A-Z0-9][\w.-]*-[\d.]+|MIT|ISC|0BSD|Unlicense)\)?\n/g,
    );
    expect([...namesIn(licenses)]).toEqual(expect.arrayContaining([...named].map(([, name]) => name)));
  });

  test('has the hash that package-lock.json holds each package to', () => {
    for (const { name, version, hashes } of bom.components) {
      const locked = Object.entries(packages).find(
        ([path, each]) => path.endsWith(`node_modules/${name}`) && each.version === version,
      );
      const [, digest = ''] = (locked?.[1].integrity ?? '').split('-');
      expect(hashes, name).toEqual([{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }]);
    }
  });

  test('is the same whenever and wherever it is made', () => {
    expect(sbomOf(licenses)).toBe(text);
    expect(text).not.toMatch(/timestamp|serialNumber|urn:uuid/);
    expect(text).not.toContain(root);
    expect(bom.metadata.component.name).toBe('istio-delivery');
  });

  test('names in its dependencies nothing that it does not hold', () => {
    const refs = new Set(bom.dependencies.map(({ ref }) => ref));
    for (const { dependsOn } of bom.dependencies) for (const ref of dependsOn) expect(refs).toContain(ref);
    expect(refs.size).toBe(bom.components.length + 1);
  });
});

describe('package-lock.json', () => {
  const installed = Object.entries(packages).filter(([path, { link }]) => path !== '' && link !== true);

  test('holds every package to its bytes', () => {
    for (const [path, { integrity }] of installed) expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
  });

  test('installs every package under its own name', () => {
    expect(installed.filter(([, { name }]) => name !== undefined).map(([path]) => path)).toEqual([]);
  });

  test('names no host: packages come from the registry that npm is told, and must have those bytes', () => {
    for (const [path, { resolved }] of installed) expect(resolved, path).toBeUndefined();
    expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true\n');
  });
});
