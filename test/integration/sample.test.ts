import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProcess } from '../support/run-process.ts';

test("the sample's own tests pass", async () => {
  const cwd = join(import.meta.dirname, '..', '..', 'sample');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(GO|XDG_)/.test(name)));
  const { code, stdout, stderr } = await runProcess(['test', '-mod=readonly', './...'], {
    program: 'go',
    cwd,
    env: env as Record<string, string>,
  });
  expect({ code, output: code === 0 ? '' : `${stdout}${stderr}` }).toEqual({ code: 0, output: '' });
}, 1_200_000);
