import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, test } from 'vitest';
import { callProblems, ownPath, readYaml, root, type Workflow } from '../support/workflow-files.ts';

const paths = ['.github/workflows', 'workflows'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
);

const jobsOf = (path: string) => Object.entries(readYaml<Workflow>(path).jobs);
const stepsOf = (path: string) => jobsOf(path).flatMap(([, job]) => job.steps ?? []);
/** Every `uses`, of steps and jobs. */
const callsOf = (path: string) =>
  [...jobsOf(path).map(([, job]) => job), ...stepsOf(path)].flatMap((call) =>
    call.uses === undefined ? [] : [{ ...call, uses: call.uses }],
  );

describe.each(paths)('%s', (path) => {
  const text = readFileSync(join(root, path), 'utf8');

  test('is a workflow to the parser of Actions itself', async () => {
    const parsed = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
    expect(parsed.context.errors.getErrors().map(({ message }) => message)).toEqual([]);
    if (parsed.value === undefined) throw new Error('nothing was parsed');
    const template = await convertWorkflowTemplate(parsed.context, parsed.value);
    expect(template.errors ?? []).toEqual([]);
    expect(template.jobs.map(({ id }) => id.value)).toEqual(jobsOf(path).map(([id]) => id));
  });

  test('gives our actions and workflows what they take', () => {
    expect(callsOf(path).flatMap(callProblems)).toEqual([]);
  });

  test('refers only to steps and outputs that exist', () => {
    for (const [id, job] of jobsOf(path)) {
      const ids = (job.steps ?? []).map((step) => step.id);
      const named = [...JSON.stringify(job).matchAll(/steps\.([\w-]+)\./g)].map(([, name]) => name);
      expect(ids, `steps of job ${id}`).toEqual(expect.arrayContaining(named));
      for (const step of job.steps ?? []) {
        const action = step.uses === undefined ? undefined : ownPath(step.uses);
        if (step.id === undefined || action === undefined) continue;
        const outputs = Object.keys(readYaml<{ outputs?: object }>(`${action}/action.yml`).outputs ?? {});
        const used = [...text.matchAll(new RegExp(`steps\\.${step.id}\\.outputs\\.([\\w-]+)`, 'g'))].map(
          ([, name]) => name,
        );
        expect(outputs, step.uses).toEqual(expect.arrayContaining(used));
      }
    }
  });

  test('pins every action of others by commit, with its version beside it', () => {
    for (const { uses } of callsOf(path)) {
      if (uses.startsWith('$/')) continue;
      expect(uses).toMatch(/@[0-9a-f]{40}$/);
      const comment = ownPath(uses) === undefined ? /^# v\d+\.\d+\.\d+$/ : /^# your release$/;
      expect(text.split(`${uses} `)[1]?.split('\n')[0]).toMatch(comment);
    }
  });

  test('starts from no permissions, and gives each job its own', () => {
    expect(readYaml<Workflow>(path).permissions).toEqual({});
    for (const [, job] of jobsOf(path)) {
      expect(job.permissions).toBeDefined();
      expect(Object.values(job.permissions ?? {})).not.toContain('write');
    }
  });

  test('expands no expression inside a script', () => {
    for (const { run } of stepsOf(path)) expect(run ?? '').not.toContain('${{');
  });

  test('ends every job of its own in time', () => {
    for (const [id, job] of jobsOf(path))
      if (job.uses === undefined) expect(job['timeout-minutes'], id).toBeTypeOf('number');
  });

  test('keeps no credentials in a checkout', () => {
    for (const step of stepsOf(path)) {
      if (step.uses?.startsWith('actions/checkout@')) expect(step.with?.['persist-credentials']).toBe(false);
    }
  });
});

test('the applying job alone names the environment and queues for it, first come first served', () => {
  const { jobs, concurrency } = readYaml<Workflow>('.github/workflows/promote.yml');
  expect(concurrency).toBeUndefined();
  expect(jobs.plan).not.toHaveProperty('concurrency');
  expect(jobs.plan).not.toHaveProperty('environment');
  expect(jobs.promote).toMatchObject({
    environment: '${{ inputs.environment }}',
    concurrency: { group: 'istio-delivery-${{ inputs.environment }}', queue: 'max', 'cancel-in-progress': false },
  });
});

test('the applying job approves the digest of the plan that the reviewers saw', () => {
  const { jobs } = readYaml<Workflow>('.github/workflows/promote.yml');
  const promote = jobs.promote?.steps?.find(({ uses }) => uses === '$/actions/promote');
  expect(promote?.with?.approve).toBe('${{ needs.plan.outputs.digest }}');
});

test('the parser finds what Actions would refuse', () => {
  const content = readFileSync(join(root, '.github/workflows/promote.yml'), 'utf8').replace('queue: max', 'queue: all');
  const parsed = parseWorkflow({ name: 'broken.yml', content }, new NoOperationTraceWriter());
  expect(parsed.context.errors.getErrors().join()).toContain("Unexpected value 'all'");
});

describe('the check of calls', () => {
  test.each([
    ['an action that does not exist', { uses: '$/actions/nope' }, ['$/actions/nope does not exist']],
    [
      'an input that does not exist',
      { uses: '$/actions/plan', with: { bundle: '', environment: '', nope: '' } },
      ['$/actions/plan takes no nope'],
    ],
    ['a missing input', { uses: '$/actions/plan', with: { bundle: 'x' } }, ['$/actions/plan needs environment']],
    [
      'every secret',
      { uses: '$/.github/workflows/promote.yml', with: { environment: '' }, secrets: 'inherit' as const },
      ['$/.github/workflows/promote.yml is given every secret'],
    ],
  ])('finds %s', (_case, call, problems) => {
    expect(callProblems(call)).toEqual(problems);
  });
});
