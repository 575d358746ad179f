import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RehearsalRecord } from '../../src/record/rehearsal-record.ts';
import { saveBundle } from '../support/acme.ts';
import { commandLine, type Embedded, startEmbedded } from '../support/embedded.ts';
import { runProcess } from '../support/run-process.ts';
import { renderRevision, revisions } from '../support/upgrade.ts';

let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded(['dev']);
});

afterAll(() => embedded?.stop());

// With traffic, and in a cluster of its own: npm run e2e.
test('a rehearsal that is told to stop in the middle leaves record, report and diagnostics, and says to run it again', async () => {
  const bundle = await saveBundle(await renderRevision(embedded, revisions.old), join(embedded.home, 'bundle'));
  const home = join(embedded.home, 'user');
  mkdirSync(home);
  const files = { record: join(home, '../r.json'), report: join(home, '../r.html'), diagnostics: join(home, '../why') };
  const inputs = {
    to: bundle,
    environment: 'dev',
    'kind-kubeconfig': embedded.kubeconfig,
    'kind-context': 'dev',
    'sample-image': 'registry.example/sample:1',
    'load-image': 'registry.example/vegeta:1',
    ...files,
  };
  const words = Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
  let told = 0;
  const run = await runProcess([commandLine, 'rehearse', '--first-install', ...words], {
    env: { ...embedded.environment, HOME: home },
    onOutput(printed, kill) {
      if (told > 0 || !printed.includes(' · base: ')) return;
      told = Date.now();
      kill('SIGTERM');
    },
  });
  // A runner kills ten seconds after it has said to stop.
  expect(Date.now() - told).toBeLessThan(10_000);
  expect(run.code, run.stderr).toBe(130);
  expect(run.stderr).toMatch(
    /^interrupted: rehearsal of dev: inconclusive: interrupted in part install, .* SIGTERM; run it again$/m,
  );
  expect(run.stderr).not.toMatch(/resume|promoted again/);
  const record = JSON.parse(readFileSync(files.record, 'utf8')) as RehearsalRecord;
  expect(record.result).toBe('inconclusive');
  expect(record.parts.map(({ name, result }) => `${name} ${result}`)).toEqual(['cluster done', 'install interrupted']);
  expect(readFileSync(files.report, 'utf8')).toContain('interrupted in part install');
  expect(readFileSync(join(files.diagnostics, 'index.txt'), 'utf8')).toContain('interrupted in part install');
  expect(readdirSync(files.diagnostics)).toContain('pods.json');
  expect(readdirSync(home)).toEqual([]);
});
