import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { runStep } from '../support/run-process.ts';
import { type JobRun, runWorkflow } from '../support/run-workflow.ts';
import { root } from '../support/workflow-files.ts';

interface Kubeconfig {
  contexts: { name: string }[];
}

describe('the promotion workflow, step by step with the actions of dist', () => {
  let embedded: Embedded;
  let artifacts: string;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev', 'staging']);
    artifacts = await mkdtemp(join(tmpdir(), 'istio-delivery-artifacts-'));
    await mkdir(artifacts, { recursive: true });
    const rendered = await runStep([join(root, 'dist/render.js')], {
      env: embedded.environment,
      inputs: { mesh: join(root, 'examples/acme/mesh.yaml'), out: join(artifacts, 'istio-bundle') },
    });
    expect(rendered.stdout).not.toContain('::error::');
  });

  afterAll(async () => {
    await embedded?.stop();
    if (artifacts !== undefined) await rm(artifacts, { recursive: true, force: true });
  });

  /** Each environment's credentials reach its own clusters and no others. */
  const promote = async (environment: string): Promise<Record<string, JobRun>> => {
    const whole = load(await readFile(embedded.kubeconfig, 'utf8')) as Kubeconfig;
    const kubeconfig = dump({ ...whole, contexts: whole.contexts.filter(({ name }) => name === environment) });
    return runWorkflow('.github/workflows/promote.yml', {
      inputs: { environment },
      secrets: { kubeconfig },
      artifacts,
    });
  };

  test('is refused where nothing is known of the environment before, and keeps no record of that as evidence', async () => {
    const { plan, promote: applied } = await promote('staging');
    expect(plan?.failed).toBe(false);
    expect(applied?.steps.Promote).toMatchObject({ code: 3, outputs: { result: 'refused', evidence: '' } });
    expect(applied?.steps.Promote?.stdout).toContain('nothing is known of dev');
    expect(await readdir(artifacts)).not.toContain('istio-record-staging');
  });

  test('promotes the first environment', async () => {
    const { plan, promote: applied } = await promote('dev');
    expect(plan?.steps.Plan?.summary).toContain(plan?.outputs.digest);
    expect(applied).toMatchObject({ failed: false, outputs: { result: 'promoted' } });
    expect(applied?.steps.Promote?.summary).toContain(plan?.outputs.digest);
  });

  test('promotes the next one on the record of the first alone', async () => {
    const { promote: applied } = await promote('staging');
    expect(applied?.steps.Promote?.stdout).toMatch(
      /pass order: dev runs this very bundle and is healthy, by its record/,
    );
    expect(applied).toMatchObject({ failed: false, outputs: { result: 'promoted' } });
  });

  test('changes nothing when it runs again', async () => {
    const { plan, promote: applied } = await promote('dev');
    expect(plan?.outputs.changes).toBe('0');
    expect(applied).toMatchObject({ failed: false, outputs: { result: 'unchanged' } });
  });
});
