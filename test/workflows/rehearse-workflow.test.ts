import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runStep } from '../support/run-process.ts';
import { readYaml, type Workflow } from '../support/workflow-files.ts';

describe('the rehearsal workflow', () => {
  const { on, jobs } = readYaml<Workflow>('.github/workflows/rehearse.yml');
  const steps = jobs.rehearse?.steps ?? [];
  const step = (name: string) => steps.find((candidate) => candidate.name === name);

  test('hands on what a rehearsal needs beside the bundle', () => {
    for (const name of ['workloads', 'prerequisites', 'overlay']) {
      expect(on.workflow_call?.inputs).toHaveProperty(name);
      expect(step('Rehearse')?.with?.[name]).toBe(`\${{ inputs.${name} }}`);
      expect(step('Check out the manifests')?.if).toContain(`inputs.${name} != ''`);
    }
  });

  test.each([
    ['neither kubeconfig', { env: '', kind: '' }, {}],
    ["the environment's alone", { env: 'a', kind: '' }, { path: 'config:a' }],
    ['a cluster to rehearse in', { env: '', kind: 'b' }, { 'kind-path': 'kind:b' }],
    ['both', { env: 'a', kind: 'b' }, { path: 'config:a', 'kind-path': 'kind:b' }],
  ])('writes %s where the action finds it', async (_case, { env, kind }, expected) => {
    const temp = mkdtempSync(join(tmpdir(), 'istio-delivery-workflow-'));
    try {
      const script = String(step('Write the kubeconfigs')?.run);
      const run = await runStep(['-e', '-c', script], {
        program: 'bash',
        env: { RUNNER_TEMP: temp, KUBECONFIG_CONTENT: env, KIND_KUBECONFIG_CONTENT: kind },
      });
      expect(run.code, run.stderr).toBe(0);
      const { folder, ...paths } = run.outputs;
      const found = Object.entries(paths).map(([name, path]) => [
        name,
        `${basename(path)}:${readFileSync(path, 'utf8')}`,
      ]);
      expect(Object.fromEntries(found)).toEqual(expected);
      expect(folder === undefined).toBe(found.length === 0);
    } finally {
      rmSync(temp, { recursive: true, force: true });
    }
    expect(step('Rehearse')?.with).toMatchObject({
      kubeconfig: '${{ steps.kubeconfig.outputs.path }}',
      'kind-kubeconfig': '${{ steps.kubeconfig.outputs.kind-path }}',
    });
  });
});
