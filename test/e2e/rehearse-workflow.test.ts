import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RehearsalRecord } from '../../src/record/rehearsal-record.ts';
import { containersOfRehearsals, type KindMachine, kindMachine, nodeImage } from '../support/kind.ts';
import { bundlesOf } from '../support/rehearsal-run.ts';
import { type JobRun, runWorkflow } from '../support/run-workflow.ts';
import { sampleImage } from '../support/sample-image.ts';
import { revisions } from '../support/upgrade.ts';

const { E2E_LOAD_IMAGE = '', E2E_OVERLAY = '' } = process.env;

describe('the rehearsal workflow, step by step with the actions of dist', () => {
  let machine: KindMachine;
  let artifacts: string;
  let image: string;

  beforeAll(async () => {
    machine = kindMachine();
    artifacts = await mkdtemp(join(tmpdir(), 'istio-delivery-artifacts-'));
    image = await sampleImage();
    const bundles = bundlesOf(machine);
    const rendered = {
      'istio-bundle': await bundles.render('next'),
      'bundle-of-production': await bundles.render('running', { revision: revisions.old }),
    };
    for (const [name, { path }] of Object.entries(rendered)) await cp(path, join(artifacts, name), { recursive: true });
  });

  afterAll(async () => {
    await machine?.remove();
    if (artifacts !== undefined) await rm(artifacts, { recursive: true, force: true });
  });

  const rehearse = async (inputs: Record<string, string>): Promise<JobRun | undefined> => {
    const settings = { 'load-image': E2E_LOAD_IMAGE, overlay: E2E_OVERLAY, 'node-image': nodeImage ?? '' };
    const { rehearse: job } = await runWorkflow('.github/workflows/rehearse.yml', {
      inputs: { environment: 'production', 'sample-image': image, ...settings, ...inputs },
      secrets: {},
      artifacts,
      env: machine.environment,
    });
    return job;
  };
  const kept = (name: string) => readdirSync(join(artifacts, name), { recursive: true }).map(String);

  test('upgrades what production runs, and keeps the record and the report', async () => {
    const job = await rehearse({ 'from-artifact': 'bundle-of-production' });
    expect(job, job?.steps.Rehearse?.stdout).toMatchObject({ failed: false, outputs: { result: 'pass' } });
    expect(job?.steps.Rehearse?.summary).toMatch(/: pass, 0 of [\d,]+ requests failed/);
    expect(kept('istio-rehearsal-production').sort()).toEqual(['rehearsal.html', 'rehearsal.json']);
    const path = join(artifacts, 'istio-rehearsal-production', 'rehearsal.json');
    const record = JSON.parse(readFileSync(path, 'utf8')) as RehearsalRecord;
    expect(record.from?.istio.revision).toBe(revisions.old);
    expect(await containersOfRehearsals()).toEqual([]);
  });

  test('does nothing for what production runs already', async () => {
    const job = await rehearse({ 'from-artifact': 'istio-bundle' });
    expect(job).toMatchObject({ failed: false, outputs: { result: 'unneeded' } });
  });

  test('fails where the traffic has no image, and keeps what can be seen of the cluster', async () => {
    const job = await rehearse({ 'first-install': 'true', 'load-image': 'registry.invalid/no/vegeta:1' });
    expect(job).toMatchObject({ failed: true, outputs: { result: 'inconclusive' } });
    expect(kept('istio-rehearsal-diagnostics-production')).toContain('pods-described.txt');
    expect(await containersOfRehearsals()).toEqual([]);
  });
});
