import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsOf } from '../../scripts/action-files.ts';
import { sbomFile, sbomOf } from '../../scripts/sbom.ts';
import { jobs } from '../../src/jobs/table.ts';
import { version } from '../../src/version.ts';
import { runProcess, runStep } from '../support/run-process.ts';
import { root } from '../support/workflow-files.ts';

describe('dist, in a folder with nothing else around it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'istio-delivery-dist-'));
  beforeAll(() => cpSync(join(root, 'dist'), folder, { recursive: true }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is a command line that tells its version and its commands', async () => {
    const [asked, helped] = await Promise.all(
      ['--version', '--help'].map((word) => runProcess([join(folder, 'cli.js'), word], { cwd: folder })),
    );
    expect(asked).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    for (const { name } of jobs.filter(({ hidden, surfaces }) => hidden !== true && surfaces.includes('command'))) {
      expect(helped?.stdout).toMatch(new RegExp(`^  ${name.split(' ')[0]}\\b`, 'm'));
    }
  });

  test.each(actionsOf(jobs))('has action $name, which reads its inputs as the runner gives them', async ({ name }) => {
    const step = await runStep([join(folder, `${name}.js`)], { cwd: folder, inputs: { 'no-such-input': 'x' } });
    expect(step.stdout).toMatch(/^::error::Input no-such-input is not known: did you mean [a-z-]+\?/m);
    expect(step).toMatchObject({ code: 2, stderr: '', outputs: {}, summary: '' });
  });

  test.each(actionsOf(jobs).filter(({ post }) => post))('has what action $name does at the end', async ({ name }) => {
    const step = await runStep([join(folder, `${name}-post.js`)], { cwd: folder, inputs: { 'no-such-input': 'x' } });
    expect(step.stdout).toMatch(/^::error::Input no-such-input is not known: did you mean [a-z-]+\?/m);
    expect(step).toMatchObject({ code: 2, stderr: '' });
  });
});

test('dist has the SBOM of what is bundled in it', () => {
  const read = (name: string) => readFileSync(join(root, 'dist', name), 'utf8');
  expect(read(sbomFile)).toBe(sbomOf(read('licenses.txt')));
});
