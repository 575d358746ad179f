import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inFolder } from '../support/folders.ts';
import { type ProcessRun, runProcess } from '../support/run-process.ts';
import { jobsThatRun } from '../support/workflow-conditions.ts';
import { readYaml, root, type Workflow } from '../support/workflow-files.ts';

const path = '.github/workflows/lock.yml';

describe('the workflow', () => {
  const { jobs } = readYaml<Workflow>(path);

  test.each([
    ['nothing', 'false', ['read']],
    ['another lock', 'true', ['read', 'propose']],
  ])('proposes %s where the reading job has it', (_case, changed, wanted) => {
    expect(jobsThatRun(path, {}, { read: { outputs: { changed } } })).toEqual(wanted);
  });

  test('proposes nothing where publisher and witness disagree, which fails the reading job', () => {
    expect(jobsThatRun(path, {}, { read: { result: 'failure', outputs: { changed: 'true' } } })).toEqual(['read']);
  });

  test('installs and runs nothing of others in the job that may write', () => {
    const steps = jobs.propose?.steps ?? [];
    expect(jobs.propose?.permissions).toEqual({ contents: 'write', 'pull-requests': 'write' });
    expect(steps.flatMap(({ uses }) => uses?.replace(/@.*/, '') ?? [])).toEqual([
      'actions/checkout',
      'actions/download-artifact',
    ]);
    expect(steps.flatMap(({ run }) => run ?? [])).toEqual(['.ci/propose-lock "$RUNNER_TEMP/lock/toolchain.lock.json"']);
  });
});

interface Checkout {
  /** Runs the script with a lock of this text, and a `gh` that knows of so many open pull requests. */
  propose(lock: string, open: number): Promise<ProcessRun>;
  /** What `gh` was asked, one line a call. */
  asked(): string[];
  /** A file of the branch, as the remote has it. */
  pushed(): string;
}

/** A clone of a repository with a lock in it, and `gh` as far as the script asks it. */
async function withCheckout(run: (checkout: Checkout) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const [remote, clone, bin] = ['remote', 'clone', 'bin'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const calls = join(folder, 'calls');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    git('init', '--quiet', '--bare', remote);
    git('clone', '--quiet', remote, clone);
    mkdirSync(join(clone, '.ci'));
    copyFileSync(join(root, '.ci/propose-lock'), join(clone, '.ci/propose-lock'));
    writeFileSync(join(clone, 'toolchain.lock.json'), '{"old": true}\n');
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
    git('-C', clone, 'add', '.');
    git('-C', clone, ...author, 'commit', '--quiet', '--message', 'Begin');
    const begun = git('-C', clone, 'rev-parse', 'HEAD').trim();
    mkdirSync(bin);
    writeFileSync(calls, '');
    const gh = `#!/bin/sh\necho "$1 $2 $3 $4 $5 $6" >> ${calls}\nif [ "$2" = list ]; then echo "$OPEN"; fi\n`;
    writeFileSync(join(bin, 'gh'), gh, { mode: 0o755 });
    await run({
      propose(lock, open) {
        // A runner's checkout is made anew each time.
        git('-C', clone, 'checkout', '--quiet', '--force', '--detach', begun);
        for (const branch of git('-C', clone, 'branch', '--list', '--format=%(refname:short)', 'toolchain-lock').split(
          '\n',
        )) {
          if (branch !== '') git('-C', clone, 'branch', '--quiet', '-D', branch);
        }
        const file = join(folder, 'new.json');
        writeFileSync(file, lock);
        const env = { PATH: `${bin}:${process.env.PATH}`, OPEN: String(open), GITHUB_REF_NAME: 'main' };
        return runProcess([join(clone, '.ci/propose-lock'), file], { program: 'bash', cwd: clone, env });
      },
      asked: () => readFileSync(calls, 'utf8').split('\n').filter(Boolean),
      pushed: () => git('-C', remote, 'show', 'toolchain-lock:toolchain.lock.json'),
    });
  });
}

describe('the script', () => {
  test('pushes the lock to a branch of its own and opens a pull request', () =>
    withCheckout(async ({ propose, asked, pushed }) => {
      expect(await propose('{"new": true}\n', 0)).toMatchObject({ code: 0, stderr: '' });
      expect(pushed()).toBe('{"new": true}\n');
      expect(asked()).toEqual([
        'auth setup-git    ',
        'pr list --head toolchain-lock --state open',
        'pr create --base main --head toolchain-lock',
      ]);
    }));

  test('brings the pull request that is open up to date', () =>
    withCheckout(async ({ propose, asked, pushed }) => {
      await propose('{"new": true}\n', 0);
      expect((await propose('{"newer": true}\n', 1)).stdout).toContain('is up to date');
      expect(pushed()).toBe('{"newer": true}\n');
      expect(asked().filter((call) => call.startsWith('pr create'))).toHaveLength(1);
    }));

  test('does nothing where the lock is as it was', () =>
    withCheckout(async ({ propose, asked, pushed }) => {
      expect((await propose('{"old": true}\n', 0)).stdout).toContain('nothing to propose');
      expect(asked()).toEqual([]);
      expect(pushed).toThrow();
    }));
});
