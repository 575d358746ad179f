import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { writeMesh } from '../support/acme.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { runStep } from '../support/run-process.ts';
import { type JobRun, runWorkflow } from '../support/run-workflow.ts';
import { environments } from '../support/story.ts';
import { root } from '../support/workflow-files.ts';

const filterPath = 'config/root/ingress-server-header.yaml';

/** The EnvoyFilter of the example is bound to its revision: the next revision brings its own. */
const ownFilter = {
  [filterPath]: readFileSync(join(root, 'examples/acme', filterPath), 'utf8')
    .replace('header-1-31', 'header-1-31-b')
    .replace('rev: 1-31-0', 'rev: 1-31-0-b'),
};

describe('the upgrade workflow, step by step with the actions of dist', () => {
  let embedded: Embedded;
  let artifacts: string;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev']);
    artifacts = await mkdtemp(join(tmpdir(), 'istio-delivery-artifacts-'));
    await render((text) => text);
    const { promote } = await run('promote', {});
    expect(promote).toMatchObject({ failed: false, outputs: { result: 'promoted' } });
    await render((text) => text.replace(/^ {2}version: (.*)$/m, '  version: $1\n  revision: 1-31-0-b'), ownFilter);
  });

  afterAll(async () => {
    await embedded?.stop();
    if (artifacts !== undefined) await rm(artifacts, { recursive: true, force: true });
  });

  /** Renders acme's mesh file, edited, as the bundle of the next run. */
  async function render(edit: (text: string) => string, files = {}): Promise<void> {
    const mesh = await writeMesh(join(embedded.home, 'acme'), { environments, edit, files });
    const rendered = await runStep([join(root, 'dist/render.js')], {
      env: embedded.environment,
      inputs: { mesh, out: join(artifacts, 'istio-bundle') },
    });
    expect(rendered.stdout).not.toContain('::error::');
  }

  /** The clusters are the kubeconfig's, as on a runner; the tools are those that the machine has. */
  async function run(workflow: string, inputs: Record<string, string>): Promise<Record<string, JobRun>> {
    const { KUBECONFIG: _ours, ...env } = embedded.environment;
    const kubeconfig = await readFile(embedded.kubeconfig, 'utf8');
    return runWorkflow(`.github/workflows/${workflow}.yml`, {
      inputs: { environment: 'dev', ...inputs },
      secrets: { kubeconfig },
      artifacts,
      env,
    });
  }

  const upgrade = (command: string, inputs: Record<string, string> = {}) => run('upgrade', { command, ...inputs });

  async function revisionOf(tag: string): Promise<string | undefined> {
    const webhook: KubernetesObject | undefined = await embedded.cluster('dev').get({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      name: `istio-revision-tag-${tag}`,
    });
    return webhook?.metadata.labels?.['istio.io/rev'];
  }

  const recordOf = async (): Promise<{ result: string }> =>
    JSON.parse(await readFile(join(artifacts, 'istio-record-dev/dev.json'), 'utf8'));

  test('refuses to start anything but the plan that was approved, and leaves the evidence of the promotion', async () => {
    const { plan, upgrade: applied } = await upgrade('start', { 'plan-digest': `sha256:${'0'.repeat(64)}` });
    expect(plan?.failed).toBe(false);
    expect(applied?.steps.Upgrade).toMatchObject({ code: 3, outputs: { result: 'refused' } });
    expect(applied?.steps.Upgrade?.stdout).toContain(`and the plan is ${plan?.outputs.digest}`);
    expect(await recordOf()).toMatchObject({ kind: 'Promotion', result: 'promoted' });
    expect(await readdir(join(artifacts, 'istio-upgrade-report-dev'))).toEqual(['dev.html']);
  });

  test('has nothing to resume before it was started', async () => {
    const { plan, upgrade: applied } = await upgrade('resume');
    expect(plan).toBeUndefined();
    expect(applied?.steps.Upgrade).toMatchObject({ code: 3, outputs: { result: 'refused' } });
  });

  test('shows the plan, starts it, and stops after the canary where it is told to', async () => {
    const { plan, upgrade: applied, look } = await upgrade('start', { group: 'canary' });
    expect(plan?.steps.Plan?.summary).toContain(plan?.outputs.digest);
    expect(plan?.steps.Plan?.summary).toContain('### Upgrade 1-31-0 → 1-31-0-b (Istio 1.31.0), dev (1 cluster)');
    expect(applied).toMatchObject({ failed: false, outputs: { result: 'stopped' } });
    expect(look).toBeUndefined();
    expect(await revisionOf('prod-canary')).toBe('1-31-0-b');
    expect(await revisionOf('prod')).toBe('1-31-0');
  });

  test('says how far it is, without the job that would wait for reviewers, and leaves no record', async () => {
    await rm(join(artifacts, 'istio-record-dev'), { recursive: true });
    const { look, ...others } = await upgrade('status');
    expect(look).toMatchObject({ failed: false, outputs: { result: 'stopped' } });
    expect(others).toEqual({});
    expect(await readdir(artifacts)).not.toContain('istio-record-dev');
  });

  test('goes on with the rest', async () => {
    const { upgrade: applied } = await upgrade('resume');
    expect(applied).toMatchObject({ failed: false, outputs: { result: 'upgraded' } });
    expect(await revisionOf('prod')).toBe('1-31-0-b');
    expect(await recordOf()).toMatchObject({ result: 'upgraded' });
  });

  test('retires the old revision', async () => {
    const { upgrade: applied } = await upgrade('finish');
    expect(applied).toMatchObject({ failed: false, outputs: { result: 'finished' } });
    expect(await recordOf()).toMatchObject({ result: 'finished' });
    const { look } = await upgrade('status');
    expect(look?.outputs.result).toBe('finished');
  });

  test('lets configuration be promoted again', async () => {
    const { plan, promote } = await run('promote', {});
    expect(plan?.outputs.changes).toBe('0');
    expect(promote).toMatchObject({ failed: false, outputs: { result: 'unchanged' } });
  });
});
