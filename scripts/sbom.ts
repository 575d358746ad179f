import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { root } from './run-tool.ts';

export const sbomFile = 'sbom.cdx.json';

/** Its runtime is in every bundle, though it is no dependency of what runs. */
const bundler = '@vercel/ncc';

const componentSchema = z.object({
  'bom-ref': z.string(),
  type: z.string(),
  name: z.string(),
  version: z.string(),
  purl: z.string(),
  licenses: z.array(z.unknown()).optional(),
  hashes: z.array(z.object({ alg: z.string(), content: z.string() })).optional(),
  properties: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});

const bomSchema = z.object({
  $schema: z.string(),
  bomFormat: z.string(),
  specVersion: z.string(),
  metadata: z.object({ component: componentSchema }),
  components: z.array(componentSchema),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

type Component = z.infer<typeof componentSchema>;

/**
 * A CycloneDX document of the packages in a bundle, which are those that `licenses.txt` beside it names. From
 * package-lock.json by `npm sbom`, without what differs from run to run: time, serial number, npm's version.
 */
export function sbomOf(licenses: string): string {
  const bom = bomSchema.parse(JSON.parse(npmSbom()));
  const named = namesIn(licenses);
  const components = bom.components
    .filter((component) => named.has(component.name) && isShipped(component))
    .map(withoutProperties);
  const { name, version, description } = manifest();
  const own = { 'bom-ref': `${name}@${version}`, type: 'application', name, version, description };
  const refs = new Set([own['bom-ref'], ...components.map((component) => component['bom-ref'])]);
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)).sort() }));
  const document = {
    $schema: bom.$schema,
    bomFormat: bom.bomFormat,
    specVersion: bom.specVersion,
    version: 1,
    metadata: { component: { ...own, purl: `pkg:npm/${name}@${version}` } },
    components: components.sort((a, b) => compare(a['bom-ref'], b['bom-ref'])),
    dependencies: dependencies.sort((a, b) => compare(a.ref, b.ref)),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Names of packages: lines of their own, with the package's license on the next. */
export function namesIn(licenses: string): Set<string> {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { license?: string }>;
  };
  const lines = licenses.split('\n');
  const followers = new Map<string, Set<string>>();
  for (const [index, line] of lines.entries()) {
    followers.set(line, (followers.get(line) ?? new Set()).add(lines[index + 1] ?? ''));
  }
  const names = Object.entries(packages).flatMap(([path, { license }]) => {
    const name = path.split('node_modules/').at(-1) ?? '';
    return license !== undefined && followers.get(name)?.has(license) === true ? [name] : [];
  });
  return new Set(names);
}

function npmSbom(): string {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const cli = process.env.npm_execpath;
  const [program, rest] = cli === undefined ? ['npm', args] : [process.execPath, [cli, ...args]];
  const { stdout, stderr, status } = spawnSync(program, rest, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`npm sbom failed:\n${stderr}`);
  return stdout;
}

function isShipped({ name, properties }: Component): boolean {
  return name === bundler || !properties.some((property) => property.name === 'cdx:npm:package:development');
}

function withoutProperties({ properties: _, ...component }: Component): Omit<Component, 'properties'> {
  return component;
}

function manifest(): { name: string; version: string; description: string } {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as ReturnType<typeof manifest>;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
