import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, test } from 'vitest';
import { upgradeCommands } from '../../src/upgrade/cluster-upgrade.ts';
import { filledIn, valueOf } from '../support/expressions.ts';
import { type Endings, jobsThatRun } from '../support/workflow-conditions.ts';
import { callProblems, ownPath, readYaml, root, type Workflow, type WorkflowJob } from '../support/workflow-files.ts';
import { queueProblems } from './queue-problems.ts';

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

/** The one job that may write to the repository. */
const proposing = '.github/workflows/lock.yml propose';

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
    for (const [id, job] of jobsOf(path)) {
      expect(job.permissions).toBeDefined();
      if (`${path} ${id}` !== proposing) expect(Object.values(job.permissions ?? {}), id).not.toContain('write');
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

describe('the applying job', () => {
  test.each([
    ['.github/workflows/promote.yml', 'promote'],
    ['.github/workflows/upgrade.yml', 'upgrade'],
  ])('of %s alone names the environment, and waits for it in one queue, first come first served', (path, applying) => {
    expect(queueProblems(readYaml<Workflow>(path), applying)).toEqual([]);
  });

  const queue = { group: 'istio-delivery-${{ inputs.environment }}', queue: 'max', 'cancel-in-progress': false };
  const applying = { environment: '${{ inputs.environment }}', concurrency: queue };

  test.each<[string, Workflow, string[]]>([
    ['nothing amiss', { on: {}, jobs: { plan: {}, apply: applying } }, []],
    [
      'a workflow that waits as a whole',
      { on: {}, concurrency: queue, jobs: { apply: applying } },
      ['the workflow waits in a queue as a whole'],
    ],
    [
      'a job that would wait for the reviewers or for the one that applies',
      { on: {}, jobs: { look: applying, plan: { concurrency: queue }, apply: applying } },
      ['look asks for reviewers', 'look waits in a queue', 'plan waits in a queue'],
    ],
    [
      'another queue',
      { on: {}, jobs: { apply: { ...applying, concurrency: { ...queue, group: 'upgrade' } } } },
      ['apply does not wait in the queue of its environment'],
    ],
    [
      'a queue that ends what is at work',
      { on: {}, jobs: { apply: { ...applying, concurrency: { ...queue, 'cancel-in-progress': true } } } },
      ['apply does not wait in the queue of its environment'],
    ],
    [
      'no reviewers',
      { on: {}, jobs: { apply: { concurrency: queue } } },
      ['apply does not ask the reviewers of its environment'],
    ],
  ])('is found to have %s', (_case, workflow, problems) => {
    expect(queueProblems(workflow, 'apply')).toEqual(problems);
  });
});

describe('the upgrade workflow', () => {
  const path = '.github/workflows/upgrade.yml';
  const environment = 'staging';

  test.each([
    ['start', ['plan', 'upgrade']],
    ['resume', ['upgrade']],
    ['rollback', ['upgrade']],
    ['finish', ['upgrade']],
    ['status', ['look']],
    ['pause', ['look']],
  ])('runs for %s the jobs %j', (command, wanted) => {
    expect(jobsThatRun(path, { environment, command })).toEqual(wanted);
    expect(jobsThatRun(path, { environment, command }, {}, 'skipped')).toEqual(wanted);
  });

  test.each(['failure', 'skipped'] as const)('starts nothing when the plan ended as %s', (result) => {
    expect(jobsThatRun(path, { environment, command: 'start' }, { plan: { result } })).not.toContain('upgrade');
  });

  test('knows every command of the action', () => {
    const { description } = readYaml<Workflow>(path).on.workflow_call?.inputs?.command ?? {};
    expect(description?.split(/, | or /).sort()).toEqual([...upgradeCommands].sort());
  });

  const upgradeSteps = (id: string) => readYaml<Workflow>(path).jobs[id]?.steps ?? [];
  const approve = upgradeSteps('upgrade').find(({ uses }) => uses === '$/actions/upgrade')?.with?.approve;

  test.each([
    ['the plan that the reviewers saw, where no other was approved', '', 'made'],
    ['what was approved before the plan of this run, so that the gate refuses another', 'approved', 'approved'],
  ])('approves %s', (_case, given, approved) => {
    const context = { inputs: { 'plan-digest': given }, needs: { plan: { outputs: { digest: 'made' } } } };
    expect(filledIn(String(approve), context)).toBe(approved);
  });

  test('keeps what an upgrade that failed has left', () => {
    const conditions = {
      // A refusal says nothing of the environment, and an earlier attempt may have left evidence.
      'Keep the record': "always() && steps.upgrade.outputs.evidence != ''",
      'Keep the report': "always() && steps.upgrade.outcome != 'skipped'",
    };
    for (const [name, condition] of Object.entries(conditions)) {
      const step = upgradeSteps('upgrade').find((candidate) => candidate.name === name);
      expect(step).toMatchObject({ if: condition });
      expect(step?.with?.['if-no-files-found']).toBe('warn');
    }
  });

  test('leaves of a look no record that a gate could take for evidence', () => {
    const kept = upgradeSteps('look').filter(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
    expect(kept.map((step) => step.with?.name)).toEqual(['istio-upgrade-report-${{ inputs.environment }}']);
  });

  test('tells how it ended, whichever job it was', () => {
    const value = readYaml<Workflow>(path).on.workflow_call?.outputs?.result?.value ?? '';
    const ended = (jobs: object) => filledIn(value, { jobs });
    expect(ended({ look: { outputs: { result: 'paused' } }, upgrade: { outputs: {} } })).toBe('paused');
    expect(ended({ look: { outputs: {} }, upgrade: { outputs: { result: 'finished' } } })).toBe('finished');
  });
});

describe("the caller's word on tools", () => {
  const calls = ['promote', 'rehearse', 'upgrade'].flatMap((name) => {
    const steps = stepsOf(`.github/workflows/${name}.yml`);
    return steps.filter(({ uses }) => uses?.startsWith('$/actions/')).map(({ uses, env }) => ({ name, uses, env }));
  });
  const runner = { temp: '/temp' };

  test.each(calls)('reaches $uses of $name', ({ env }) => {
    const given = (inputs: Record<string, string | boolean>) =>
      Object.entries(env ?? {}).map(([name, value]) => [name, filledIn(String(value), { inputs, runner })]);
    expect(given({ 'lock-artifact': '', 'trust-published': true })).toEqual([
      ['ISTIO_DELIVERY_LOCK', ''],
      ['ISTIO_DELIVERY_LOCKED', 'false'],
      ['ISTIO_DELIVERY_TRUST_PUBLISHED', 'true'],
    ]);
    // What a run would record on first use is gone with its runner: the file is taken as it is.
    expect(given({ 'lock-artifact': 'tools', 'trust-published': false })).toEqual([
      ['ISTIO_DELIVERY_LOCK', '/temp/lock/toolchain.lock.json'],
      ['ISTIO_DELIVERY_LOCKED', 'true'],
      ['ISTIO_DELIVERY_TRUST_PUBLISHED', 'false'],
    ]);
  });

  test('is fetched in every job that runs an action', () => {
    for (const name of ['promote', 'rehearse', 'upgrade']) {
      for (const [id, { steps = [] }] of jobsOf(`.github/workflows/${name}.yml`)) {
        expect(
          steps.map((step) => step.with?.name),
          `${name} ${id}`,
        ).toContain('${{ inputs.lock-artifact }}');
      }
    }
  });
});

test('a workflow that asks for success alone is skipped with a job before it', () => {
  expect(jobsThatRun('.github/workflows/promote.yml', { environment: 'dev' })).toEqual(['plan', 'promote']);
  expect(jobsThatRun('.github/workflows/promote.yml', { environment: 'dev' }, {}, 'skipped')).toEqual([]);
});

describe('the dispatch of an upgrade', () => {
  const path = 'workflows/upgrade.yml';
  const inputs = { environment: 'production', command: 'start' };
  const stopped = { upgrade: { outputs: { result: 'stopped' } } };
  const dispatch = readYaml<Workflow>(path);
  const kubeconfigOf = ({ secrets }: WorkflowJob = {}) =>
    String(typeof secrets === 'object' ? secrets.kubeconfig : secrets);

  test('offers every command of the action, and the environments that have a kubeconfig', () => {
    const { environment, command } = dispatch.on.workflow_dispatch?.inputs ?? {};
    expect(command?.options?.toSorted()).toEqual([...upgradeCommands].sort());
    for (const id of ['rehearse', 'upgrade', 'rest']) {
      const named = [...kubeconfigOf(dispatch.jobs[id]).matchAll(/inputs\.environment == '([\w-]+)'/g)].map(
        ([, name]) => name,
      );
      expect(named).toEqual(environment?.options);
    }
  });

  test.each([
    ['its own', { DEV_KUBECONFIG: 'of dev', PRODUCTION_KUBECONFIG: 'of production' }, 'of production'],
    ["none, rather than another one's", { DEV_KUBECONFIG: 'of dev', STAGING_KUBECONFIG: 'of staging' }, ''],
  ])('gives an environment %s', (_case, secrets, expected) => {
    expect(filledIn(kubeconfigOf(dispatch.jobs.upgrade), { inputs, secrets })).toBe(expected);
  });

  test.each<[string, Record<string, string | boolean>, Endings, string[]]>([
    ['rehearses and upgrades as far as it goes', {}, {}, ['render', 'rehearse', 'upgrade']],
    ['goes without a rehearsal where none is wanted', { rehearse: false }, {}, ['render', 'upgrade']],
    ['goes no further than a rehearsal that failed', {}, { rehearse: { result: 'failure' } }, ['render', 'rehearse']],
    [
      'fetches the records of earlier runs',
      { 'evidence-runs': '17' },
      {},
      ['render', 'evidence', 'rehearse', 'upgrade'],
    ],
    [
      'fetches and rehearses nothing for what has no gate',
      { 'evidence-runs': '17', command: 'resume' },
      {},
      ['render', 'upgrade'],
    ],
    ['does nothing without a bundle', {}, { render: { result: 'failure' } }, ['render']],
    [
      'does not upgrade without the records that it was to have',
      { 'evidence-runs': '17' },
      { evidence: { result: 'failure' } },
      ['render', 'evidence', 'rehearse'],
    ],
    ['asks again before the rest', { 'first-group': 'canary' }, stopped, ['render', 'rehearse', 'upgrade', 'rest']],
    ['stops after a step that was named', { until: 'group:canary' }, stopped, ['render', 'rehearse', 'upgrade']],
    ['has no rest to go back to', { 'first-group': 'canary', command: 'rollback' }, stopped, ['render', 'upgrade']],
    [
      'leaves the rest alone when the first group failed',
      { 'first-group': 'canary' },
      { upgrade: { result: 'failure', outputs: { result: 'stopped' } } },
      ['render', 'rehearse', 'upgrade'],
    ],
    [
      'leaves the rest alone when somebody paused the first group',
      { 'first-group': 'canary' },
      { upgrade: { outputs: { result: 'paused' } } },
      ['render', 'rehearse', 'upgrade'],
    ],
  ])('%s', (_case, given, endings, wanted) => {
    expect(jobsThatRun(path, { ...inputs, ...given }, endings)).toEqual(wanted);
  });

  test('fetches the records of each run that was named', () => {
    const run = dispatch.jobs.evidence?.strategy?.matrix?.run ?? '';
    expect(valueOf(run, { inputs: { 'evidence-runs': '17, 23' } })).toEqual([17, 23]);
    expect(() => valueOf(run, { inputs: { 'evidence-runs': 'the last one' } })).toThrow();
  });
});

test('the promoting job approves the digest of the plan that the reviewers saw', () => {
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
