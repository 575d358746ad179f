import { join } from 'node:path';
import { expect, test } from 'vitest';
import { saveBundle } from '../support/acme.ts';
import { bundleOf } from '../support/bundles.ts';
import { inFolder } from '../support/folders.ts';
import { runStep } from '../support/run-process.ts';

const entry = join(import.meta.dirname, '..', 'support', 'job-entry.ts');

test('a rehearsal of what the environment runs already is none, and no failure', () =>
  inFolder(async (folder) => {
    const path = await saveProduction(folder);
    const inputs = { to: path, from: path, environment: 'production', record: join(folder, 'r.json') };
    // There is no docker here: nothing is even built for it.
    const step = await runStep([entry, 'main', 'rehearse'], { inputs, env: { PATH: folder, HOME: folder } });
    expect({ code: step.code, outputs: step.outputs }, step.stdout).toEqual({
      code: 0,
      outputs: { result: 'unneeded', record: '', report: '' },
    });
    expect(step.summary).toMatch(/^production runs bundle sha256:\w+ already: there is nothing to rehearse/);
  }));

test.each([
  [
    'a rollback of a first install',
    { rollback: 'true', 'first-install': 'true' },
    'a rollback is that of an upgrade, and this is a first install',
  ],
  [
    'an overlay that is not there',
    { overlay: '/nowhere/overlay.yaml', 'first-install': 'true' },
    'overlay /nowhere/overlay.yaml cannot be read',
  ],
  [
    'workloads that are not there',
    { workloads: '/nowhere', 'first-install': 'true' },
    'workloads /nowhere cannot be read',
  ],
  ['an environment that cannot be asked', {}, 'what production runs is not known, and so not what to rehearse'],
  ['a first install over something', { from: '/b', 'first-install': 'true' }, 'first-install says that nothing does'],
  [
    'traffic that is too little to say anything',
    { after: '5', 'first-install': 'true' },
    "target ingress would get 25 requests in 5 s, 5 a second, and thresholds.minimum of the mesh file's probe asks for 50; give before and after 10 s at least, or a higher rate",
  ],
  ['a soak that nobody would wait for', { soak: '600' }, 'soak of 600 s is longer than timeout, 300 s'],
  ['a rate that is no number', { rate: 'fast' }, 'Input rate is not a number'],
])('%s is refused before anything is built or created', (_what, inputs, message) =>
  inFolder(async (folder) => {
    const to = await saveProduction(folder);
    const given = { to, environment: 'production', record: join(folder, 'r.json'), ...inputs };
    const step = await runStep([entry, 'main', 'rehearse'], { inputs: given, env: { PATH: folder, HOME: folder } });
    expect(step.code).toBe(2);
    expect(step.stdout.match(/^::error::.*$/gm)).toEqual([expect.stringContaining(message)]);
  }),
);

/** A bundle that has an environment, and nothing to apply. */
async function saveProduction(folder: string): Promise<string> {
  const bundle = bundleOf({ east: [] });
  const clusters = [{ name: 'east', context: 'east' }];
  bundle.manifest.environments = [
    {
      name: 'production',
      after: [],
      clusters,
      waves: [['east']],
      gate: { approval: false, identity: 'optional', needs: [] },
    },
  ];
  return saveBundle(bundle, join(folder, 'bundle'));
}
