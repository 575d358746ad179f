import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const rooms = [
  'text',
  'cluster',
  'mesh',
  'bundle',
  'plan',
  'gate',
  'access',
  'apply',
  'upgrade',
  'repair',
  'probe',
  'rehearsal',
  'record',
  'local',
];
const outside = [
  '@actions/core',
  '@actions/tool-cache',
  '@kubernetes/client-node',
  '@grpc/grpc-js',
  'undici',
  'node:child_process',
  'node:http',
  'node:https',
  'node:http2',
  'node:net',
  'node:tls',
];
const root = join(import.meta.dirname, '..');

interface Case {
  /** File in which the import stands. */
  file: string;
  imports: string;
  allowed: boolean;
}

const cases: Case[] = [
  ...rooms.flatMap((room, index) => [
    ...rooms.map((other, at) => ({
      file: `src/${room}`,
      imports: `../${other}/a.ts`,
      allowed: at < index || other === room,
    })),
    ...['../jobs/job.ts', '../adapters/clock.ts', '../main.ts'].map((imports) => ({
      file: `src/${room}`,
      imports,
      allowed: false,
    })),
    ...['../ports/clock.ts', '../errors.ts', './a.ts', 'semver', 'node:crypto'].map((imports) => ({
      file: `src/${room}`,
      imports,
      allowed: true,
    })),
  ]),
  ...['src/jobs', 'src/ports', ...rooms.map((room) => `src/${room}`)].flatMap((file) =>
    outside.map((imports) => ({ file, imports, allowed: false })),
  ),
  ...outside.map((imports) => ({ file: 'src/adapters', imports, allowed: true })),
  { file: 'src/adapters', imports: '../jobs/job.ts', allowed: false },
  { file: 'src/adapters', imports: '../mesh/environment.ts', allowed: true },
  { file: 'src/jobs', imports: '../adapters/clock.ts', allowed: true },
  { file: 'src/jobs', imports: '../plan/plan.ts', allowed: true },
  { file: 'src/ports', imports: './clock.ts', allowed: true },
  { file: 'src/ports', imports: '../mesh/environment.ts', allowed: false },
  { file: 'src/ports', imports: '../adapters/clock.ts', allowed: false },
  { file: 'src/mesh/deep', imports: '../../plan/a.ts', allowed: false },
  { file: 'src/plan/deep', imports: '../../mesh/a.ts', allowed: true },
];

describe('the linter holds the rooms apart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'istio-delivery-rooms-'));
  const reported = new Set<string>();
  const pathOf = (index: number) => `${cases[index]?.file}/case-${index}.ts`;

  beforeAll(() => {
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
    cases.forEach(({ imports }, index) => {
      const path = join(folder, pathOf(index));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `import * as a from '${imports}';\n\nexport const b = a;\n`);
    });
    const { output } = runBiome(folder);
    for (const { category, location } of (JSON.parse(output) as BiomeReport).diagnostics) {
      if (category === 'lint/style/noRestrictedImports') reported.add(location.path.replace(/^.*?(?=src\/)/, ''));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([...new Set(cases.map(({ file }) => file))])('%s imports what it may, and nothing else', (file) => {
    const wrong = cases.filter((given, index) => given.file === file && reported.has(pathOf(index)) === given.allowed);
    expect(wrong).toEqual([]);
  });
});

interface BiomeReport {
  diagnostics: { category: string; location: { path: string } }[];
}

function runBiome(folder: string): { output: string } {
  const program = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [program, 'lint', '--reporter=json', '--max-diagnostics=none', '--only=style/noRestrictedImports', '.'];
  return { output: spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 }).stdout };
}
