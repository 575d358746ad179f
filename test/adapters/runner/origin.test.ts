import { join } from 'node:path';
import { expect, test } from 'vitest';
import { originOf } from '../../../src/adapters/runner/origin.ts';
import { asRoot } from '../../support/folders.ts';
import { runProcess } from '../../support/run-process.ts';
import { root } from '../../support/workflow-files.ts';

test('off a runner it is the user and the host', () => {
  expect(originOf({}).actor).toMatch(/^[^@]+@[^@]+$/);
  expect(originOf({ GITHUB_ACTOR: 'ann' })).toEqual({ actor: 'ann' });
});

test('a user that the machine does not know, without a home folder, is named by its number', async (context) => {
  asRoot(context);
  const [origin, kubeconfig, home] = ['runner/origin', 'kubernetes/kubeconfig-files', 'files/delivery-home'].map(
    (name) => JSON.stringify(join(root, 'src/adapters', `${name}.ts`)),
  );
  const script = `
    const { originOf } = await import(${origin});
    const { kubeconfigFiles } = await import(${kubeconfig});
    const { deliveryHome } = await import(${home});
    process.setuid(54321);
    delete process.env.HOME;
    const tried = (run) => { try { return run(); } catch (error) { return error.message; } };
    console.log(JSON.stringify([originOf({}).actor, kubeconfigFiles(undefined, {}), tried(() => deliveryHome({}))]));`;
  const run = await runProcess(['--input-type=module', '--eval', script], { cwd: root });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual([
    expect.stringMatching(/^uid-54321@/),
    { files: [], title: 'kubeconfig (there is none: KUBECONFIG is not set, and this user has no home folder)' },
    expect.stringContaining('this user has no home folder (no HOME, no entry in /etc/passwd); set ISTIO_DELIVERY_HOME'),
  ]);
});
