import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inFolder } from './support/folders.ts';
import { type ProcessOptions, runProcess } from './support/run-process.ts';

const entry = join(import.meta.dirname, 'support/sample-entry.ts');
const runSample = (words: string, options?: ProcessOptions) =>
  runProcess([entry, 'command', ...words.split(' ')], options);

describe.concurrent('a command', () => {
  test('takes the words of the inputs as options', async () => {
    const run = await runSample('greet --who world --at-once --others Ann,Bob --others Cid --output json');
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toEqual({
      sentence: 'Hello world',
      who: 'world',
      greeting: 'Hello',
      'at-once': true,
      times: 1,
      others: ['Ann', 'Bob', 'Cid'],
    });
    expect(run.stderr).toContain('read {');
  });

  test('prints its result on standard output and its log on standard error', async () => {
    const run = await runSample('greet --who world');
    expect(run.stdout).toBe('Hello world\n');
    expect(run.stderr).toMatch(/^read \{.*\}\n$/);
  });

  test('of two words is a command of a group', async () => {
    const run = await runSample('wait for ever', {
      onOutput: (printed, kill) => void (printed.endsWith('waiting\n') && kill('SIGINT')),
    });
    expect(run.code).toBe(130);
    expect(run.stderr).toContain('interrupted: Run was interrupted by SIGINT');
  });

  test.each([
    ['greet', 2, 'Input --who is missing: give it a value (Whom to greet)'],
    ['greet --whom x', 2, '(Did you mean --who?)'],
    ['gret --who x', 2, '(Did you mean greet?)'],
    ['greet --who x --output yaml', 2, 'Allowed choices are text, json'],
    ['wait', 2, 'Usage: istio-delivery wait'],
    ['work', 2, 'Input --out is missing: give it a value (File to leave)\n  Input --rounds is missing'],
    ['work --rounds 0', 2, 'Input --out is missing'],
    ['work --rounds 0', 2, 'Input --rounds is not a number'],
    ['greet --version 1.2.3', 2, "unknown option '--version'"],
    ['refuse', 3, 'refused: Not in this order'],
    ['fail --how failed', 1, 'error: Cluster dev failed\ncaused by: connection reset'],
    ['fail --how usage', 2, 'error: Mesh file is missing'],
    ['fail --how refused', 3, 'error: Plan is stale'],
    ['fail --how defect', 1, 'TypeError: undefined is not a mesh'],
  ])('%s exits with %i', async (words, code, message) => {
    const run = await runSample(words);
    expect(run.stderr).toContain(message);
    expect(run.code).toBe(code);
  });

  test.each(['--help', 'greet --help', '--version'])('%s exits with 0', async (words) => {
    expect(await runSample(words)).toMatchObject({ code: 0, stderr: '' });
  });

  test('goes on to its end when nobody reads what it prints, and ends as it would have', () =>
    inFolder(async (folder) => {
      for (const [rounds, code] of [
        [5, 0],
        [15, 3],
      ]) {
        const out = join(folder, `through-${rounds}`);
        const run = await runSample(`work --out ${out} --rounds ${rounds}`, { stopReading: true });
        expect(run.code).toBe(code);
        expect(await readFile(out, 'utf8')).toBe('through');
      }
    }));

  test('goes on to its end when the disk that it prints to is full, and has failed', () =>
    inFolder(async (folder) => {
      const out = join(folder, 'through');
      const full = (words: string) => {
        const script = `exec "$0" "$1" command ${words} > /dev/full`;
        return runProcess(['-c', script, process.execPath, entry], { program: '/bin/sh' });
      };
      const run = await full(`work --out ${out} --rounds 2`);
      expect(run.code).toBe(1);
      expect(await readFile(out, 'utf8')).toBe('through');
      expect(run.stderr).toMatch(/error: the output of the run cannot be written: ENOSPC.*; make room on the disk/);
      expect((await full(`work --out ${out} --rounds 11`)).code).toBe(3);
    }));

  test('marks a phase that did its work and yet ends badly as failed', () =>
    inFolder(async (folder) => {
      const out = join(folder, 'through');
      expect((await runSample(`work --out ${out} --rounds 1`)).stderr).toContain('✓ Work');
      expect((await runSample(`work --out ${out} --rounds 11`)).stderr).toMatch(/✗ Work \([\s\S]*refused: too much/);
      const onRunner = await runSample(`work --out ${out} --rounds 11`, { env: { GITHUB_ACTIONS: 'true' } });
      expect(onRunner.stdout).toMatch(/✗ Work\n::endgroup::/);
    }));

  test('says what failed as JSON when it was asked for JSON', async () => {
    const run = await runSample('fail --how failed -o json');
    expect(JSON.parse(run.stdout)).toEqual({
      error: { code: 'Unreachable', message: 'Cluster dev failed', retryable: true },
    });
  });
});

describe.concurrent('what a command prints', () => {
  test('hides secrets everywhere, in JSON too', async () => {
    const text = await runSample('leak --token s3cr3t-value');
    const json = await runSample('leak --token s3cr3t-value -o json');
    expect(text.stdout + text.stderr + json.stdout + json.stderr).not.toContain('s3cr3t-value');
    expect(JSON.parse(json.stdout)).toEqual({ token: 'it is ***' });
  });

  test('is grouped on a runner, and JSON stays alone on standard output there too', async () => {
    const env = { GITHUB_ACTIONS: 'true' };
    const text = await runSample('leak --token s3cr3t-value', { env });
    expect(text.stdout).toContain('::group::Read the pod');
    const json = await runSample('leak --token s3cr3t-value -o json', { env });
    expect(JSON.parse(json.stdout)).toEqual({ token: 'it is ***' });
    expect(json.stderr).not.toMatch(/^\s*::|##\[/m);
  });
});
