import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { access } from '../../src/jobs/access.ts';
import { parseInputs } from '../../src/jobs/parse-inputs.ts';
import { parseYaml } from '../../src/mesh/yaml.ts';
import { facts } from '../support/access-facts.ts';
import { saveBundle } from '../support/acme.ts';
import { bundleOf } from '../support/bundles.ts';
import { silent } from '../support/delivery.ts';

const cluster = (name: string) => ({ name, context: name });

describe('access', () => {
  let folder: string;
  let bundle: string;
  const { signal } = new AbortController();
  const run = async (values: Record<string, string>) => {
    const given = { bundle, environment: 'production', ...values };
    const inputs = parseInputs(access.inputs, { label: (name) => name, values: given });
    const { text, json } = await access.run(inputs as never, { reporter: silent, clock: systemClock, signal });
    return { text: text.join('\n'), json };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'istio-delivery-access-'));
    const stages = [{ stage: 'base' as const, objects: [...facts().objects] }];
    const gate = { approval: false, identity: 'optional' as const, needs: [] };
    const clusters = [cluster('east'), cluster('west')];
    bundle = await saveBundle(
      bundleOf(
        { east: stages, west: stages },
        { environments: [{ name: 'production', after: [], clusters, waves: [['east'], ['west']], gate }] },
      ),
      join(folder, 'bundle'),
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('prints YAML for kubectl, the same each time', async () => {
    const { text } = await run({});
    expect(text).toMatch(/^# Accounts of istio-delivery for environment production of mesh acme, bundle sha256:/);
    const objects = parseYaml(text, 'access.yaml');
    expect(objects[0]).toMatchObject({ kind: 'Namespace', metadata: { name: 'istio-delivery' } });
    expect((await run({})).text).toBe(text);
  });

  test('prints one list of the same objects as JSON', async () => {
    const { text, json } = await run({});
    expect(json).toEqual({ apiVersion: 'v1', kind: 'List', items: parseYaml(text, 'access.yaml') });
  });

  test('takes the names of the accounts, and their namespace', async () => {
    const { text } = await run({ namespace: 'ci', look: 'reader', deliver: 'writer' });
    expect(text).toContain("== 'system:serviceaccount:ci:reader'");
    expect(text).not.toMatch(/name: istio-delivery-(look|deliver)/);
  });

  test('lets an upgrade move what carries a tag in whichever namespace', async () => {
    expect((await run({})).text).not.toMatch(
      /resources: \[deployments, statefulsets, daemonsets\]\n {2}verbs: \[patch/,
    );
    expect((await run({ 'every-namespace': 'true' })).text).toMatch(
      /resources: \[deployments, statefulsets, daemonsets\]\n {2}verbs: \[patch/,
    );
  });

  test('takes a mesh file or a bundle, and an environment that there is', async () => {
    await expect(run({ mesh: 'mesh.yaml' })).rejects.toMatchObject({ code: 'InvalidInput', kind: 'usage' });
    await expect(run({ bundle: '' })).rejects.toMatchObject({ code: 'InvalidInput', kind: 'usage' });
    await expect(run({ environment: 'moon' })).rejects.toMatchObject({ code: 'EnvironmentUnknown' });
  });
});
