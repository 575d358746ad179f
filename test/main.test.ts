import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runStep, type StepOptions } from './support/run-process.ts';

const entry = join(import.meta.dirname, 'support/sample-entry.ts');
const runSample = (name: string, options?: StepOptions) => runStep([entry, 'action', name], options);

describe.concurrent('inputs of a step', () => {
  test('are read into typed values, with defaults for what is empty', async () => {
    const inputs = { who: ' world ', greeting: '', 'at-once': 'true', times: '2', others: 'Ann, Bob\nCid', title: '' };
    const step = await runSample('greet', { inputs });
    expect(step.stdout).toContain('"greeting":"Hello"');
    expect(step.stdout).toContain('"at-once":true,"times":2,"others":["Ann","Bob","Cid"]');
    expect(step).toMatchObject({ code: 0, outputs: { sentence: 'Hello world' } });
    expect(step.summary.trim()).toBe('**Hello world**');
  });

  test.each([
    ['a missing one', {}, 'Input who is missing: give it a value (Whom to greet)'],
    ['a flag that is neither true nor false', { who: 'x', 'at-once': 'yes' }, 'expected "true" or "false", got "yes"'],
    ['a number that is none', { who: 'x', times: '1e3' }, 'Input times is not a number: expected a whole one of'],
    ['a number below 1', { who: 'x', times: '0' }, 'expected a whole one of at least 1, got "0"'],
    [
      'an unknown one, with the nearest',
      { who: 'x', greting: 'Hi' },
      'Input greting is not known: did you mean greeting?',
    ],
  ])('%s ends the step with exit code 2 and one annotation', async (_case, inputs, message) => {
    const step = await runSample('greet', { inputs });
    expect(step.code).toBe(2);
    expect(step.stdout.match(/^::error::.*$/gm)).toEqual([expect.stringContaining(message)]);
    expect(step.outputs).toEqual({});
  });
});

describe.concurrent('the end of a step', () => {
  test('a refusal keeps outputs and summary and exits with 3', async () => {
    const step = await runSample('refuse');
    expect(step).toMatchObject({ code: 3, outputs: { verdict: 'fail' } });
    expect(step.summary.trim()).toBe('no');
    expect(step.stdout).toContain('::error::Not in this order');
  });

  test.each([
    ['failed', 1],
    ['usage', 2],
    ['refused', 3],
    ['defect', 1],
  ])('an error of kind %s exits with %i', async (how, code) => {
    expect((await runSample('fail', { inputs: { how } })).code).toBe(code);
  });

  test('a failure tells its causes and no stack, a defect its stack', async () => {
    const failed = await runSample('fail', { inputs: { how: 'failed' } });
    expect(failed.stdout).toContain('caused by: connection reset');
    expect(failed.stdout).not.toContain('sample-jobs.ts');
    const defect = await runSample('fail', { inputs: { how: 'defect' } });
    expect(defect.stdout).toContain('TypeError: undefined is not a mesh');
    expect(defect.stdout).toMatch(/at .*sample-jobs\.ts/);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops the job at once with exit code 130', async (signal) => {
    const step = await runSample('wait', {
      onOutput: (printed, kill) => void (printed.endsWith('waiting\n') && kill(signal)),
    });
    expect(step.code).toBe(130);
    expect(step.stdout).toContain(`::error::Run was interrupted by ${signal}; run it again`);
  });

  test.each([
    ['GITHUB_OUTPUT', '/nowhere/output', 'there is no such file'],
    ['GITHUB_OUTPUT', '/', 'it is a folder'],
    ['GITHUB_STEP_SUMMARY', '/nowhere/summary', 'there is no such file'],
  ])('a runner whose %s is %s is refused before the job begins', async (name, path, reason) => {
    const step = await runSample('greet', { inputs: { who: 'world' }, env: { [name]: path } });
    expect(step.code).toBe(2);
    expect(step.stdout).toContain(
      `::error::${name} names ${path}, which cannot be written: ${reason}; the runner makes`,
    );
    expect(step.stdout).not.toContain('read {');
  });

  test('a runner without files for outputs and summary is none of our business', async () => {
    const env = { GITHUB_OUTPUT: '', GITHUB_STEP_SUMMARY: '' };
    expect((await runSample('greet', { inputs: { who: 'world' }, env })).code).toBe(0);
  });

  test.each(['ENOSPC', 'EROFS', 'EMFILE'])('a machine that says %s is no defect', async (how) => {
    const step = await runSample('fail', { inputs: { how } });
    expect(step.stdout).toContain(`::error::The machine refused a file (${how}): ${how}: scripted; `);
    expect(step.stdout).not.toContain('sample-jobs.ts');
    expect(step.code).toBe(1);
  });

  test.runIf(process.platform === 'linux').each([
    ['GITHUB_OUTPUT', 'outputs'],
    ['GITHUB_STEP_SUMMARY', 'the summary'],
  ])('a full disk under %s is said behind what the run has done', async (name, what) => {
    const step = await runSample('greet', { inputs: { who: 'world' }, env: { [name]: '/dev/full' } });
    expect(step.stdout).toMatch(
      new RegExp(
        `Hello world[\\s\\S]*::error::the run ended, and ${what} cannot be handed to the runner: ENOSPC.*; make room on its disk`,
      ),
    );
    expect(step.code).toBe(1);
  });

  test('a job that does not exist, or is a command alone, is a usage error', async () => {
    expect((await runSample('nope')).code).toBe(2);
    expect((await runSample('wait for ever')).code).toBe(2);
  });
});

describe.concurrent('the log of a step', () => {
  test('takes no command from foreign text and shows no secret', async () => {
    const step = await runSample('leak', { inputs: { token: 's3cr3t-value' } });
    const lines = step.stdout.split(/\r\n|\n|\r/);
    const commands = lines.filter((line) => /^\s*::|##\[/.test(line)).map((line) => line.split('::')[1]?.split(' ')[0]);
    expect(commands.filter((command) => command !== 'add-mask')).toEqual(['group', 'warning', 'endgroup']);
    expect(lines.filter((line) => line.includes('s3cr3t-value'))).toEqual(['::add-mask::s3cr3t-value']);
    expect(lines).toContain(`::add-mask::${Buffer.from('s3cr3t-value').toString('base64')}`);
    expect(step.summary.trim()).toBe('token ***');
    expect(step.outputs).toEqual({ done: 'yes' });
  });
});

describe.concurrent('what an action does at the end of its job', () => {
  const runPost = (name: string, token: string) => runStep([entry, 'post', name], { inputs: { token } });

  test('has the inputs of the step, and writes no outputs', async () => {
    const step = await runPost('tidy', 's3cr3t-value');
    expect(step).toMatchObject({ code: 0, outputs: {}, summary: '' });
    expect(step.stdout).toContain('tidying up with ***');
  });

  test('fails the job with its error, secrets hidden', async () => {
    const step = await runPost('tidy', 'wrong-key');
    expect(step.code).toBe(1);
    expect(step.stdout).toContain('::error::Room stays as it is: ***');
  });

  test('is nothing where the job has nothing to do', async () => {
    expect(await runStep([entry, 'post', 'wait'])).toMatchObject({ code: 0, stdout: '' });
  });
});
