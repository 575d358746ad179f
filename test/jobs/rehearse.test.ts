import { join } from 'node:path';
import { expect, test } from 'vitest';
import { saveBundle } from '../support/acme.ts';
import { bundleOf } from '../support/bundles.ts';
import { inFolder } from '../support/folders.ts';
import { runStep } from '../support/run-process.ts';

const entry = join(import.meta.dirname, '..', 'support', 'job-entry.ts');

test('a rehearsal of what the environment runs already is none, and no failure', () =>
  inFolder(async (folder) => {
    const bundle = bundleOf({ east: [] });
    const clusters = [{ name: 'east', context: 'east' }];
    bundle.manifest.environments = [
      { name: 'production', after: [], clusters, waves: [['east']], gate: { approval: false } },
    ];
    const path = await saveBundle(bundle, join(folder, 'bundle'));
    const inputs = { to: path, from: path, environment: 'production', record: join(folder, 'r.json') };
    // There is no docker here: nothing is even built for it.
    const step = await runStep([entry, 'main', 'rehearse'], { inputs, env: { PATH: folder } });
    expect({ code: step.code, outputs: step.outputs }, step.stdout).toEqual({
      code: 0,
      outputs: { result: 'unneeded', record: '', report: '' },
    });
    expect(step.summary).toMatch(/^production runs bundle sha256:\w+ already: there is nothing to rehearse/);
  }));
