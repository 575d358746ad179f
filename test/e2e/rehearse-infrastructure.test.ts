import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { printYaml } from '../../src/mesh/yaml.ts';
import { gatewayApiDefinitions } from '../support/gateway-api.ts';
import { containersOfRehearsals, docker, type KindMachine, kindMachine } from '../support/kind.ts';
import { registryImage } from '../support/kind-images.ts';
import {
  bundlesOf,
  type RehearsalInputs,
  type RehearsalRun,
  type RenderedBundle,
  rehearseOn,
} from '../support/rehearsal-run.ts';
import { revisions } from '../support/upgrade.ts';

/** Seconds that a rehearsal goes on at most below which its cluster is gone. */
const endsWithin = 45;
const registryPort = '5058';

let machine: KindMachine;
let folder: string;
let running: RenderedBundle;
let next: RenderedBundle;

beforeAll(async () => {
  machine = kindMachine();
  folder = mkdtempSync(join(tmpdir(), 'istio-delivery-infrastructure-'));
  running = await bundlesOf(machine).render('running', { revision: revisions.old });
  next = await bundlesOf(machine).render('next');
});

afterAll(async () => {
  await machine?.remove();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Whatever a rehearsal comes to, it leaves nothing. */
afterEach(async () => {
  expect(await containersOfRehearsals()).toEqual([]);
  expect(machine.leftInHome()).toEqual([]);
});

/** Blames the machine, and sends nobody to an environment that was never touched. */
function expectInconclusive({ code, stdout, stderr, record }: RehearsalRun, cause: RegExp): void {
  expect({ code, result: record?.result }, stderr).toEqual({ code: 1, result: 'inconclusive' });
  expect(record?.reasons[0]).toMatch(cause);
  expect(`${stdout}${stderr}${JSON.stringify(record)}`).not.toMatch(
    /\bresume goes on|and resume|then resume|roll the upgrade back|promote again|Nothing was taken back/,
  );
}

/** Does something to the node as soon as a part is at work, and tells how many seconds the rehearsal went on. */
async function brokenIn(
  part: string,
  break_: (node: string) => Promise<unknown>,
  inputs: RehearsalInputs,
): Promise<RehearsalRun & { seconds: number }> {
  let broken: Promise<number> | undefined;
  const breakNode = async () => {
    const [node = ''] = await containersOfRehearsals();
    await break_(node);
    return Date.now();
  };
  const onOutput = (printed: string) => {
    if (printed.includes(`Rehearsal: ${part}`)) broken ??= breakNode();
  };
  const run = await rehearseOn(machine, inputs, { onOutput });
  return { ...run, seconds: (Date.now() - ((await broken) ?? 0)) / 1000 };
}

describe('a rehearsal whose node', () => {
  test('is killed in the middle of the upgrade is inconclusive, says so first, and ends soon', async () => {
    const run = await brokenIn('upgrade', (node) => docker('kill', node), {
      from: running.path,
      to: next.path,
      before: '15',
    });
    expectInconclusive(
      run,
      /^upgrade \(ClusterLost\): .*node container rehearsal-\w+-control-plane exited with 137 \(killed\)$/,
    );
    expect(run.record?.probe?.verdict.result).toBe('inconclusive');
    expect(run.seconds).toBeLessThan(endsWithin);
  });

  test('is paused while the baseline is measured is inconclusive, and ends soon', async () => {
    const run = await brokenIn('before', (node) => docker('pause', node), {
      from: running.path,
      to: next.path,
      before: '60',
    });
    expectInconclusive(run, /^before \(ClusterLost\): .*node container rehearsal-\w+-control-plane is paused$/);
    expect(run.seconds).toBeLessThan(endsWithin);
  });
});

describe('a rehearsal of a bundle with an image', () => {
  const hub = (name: string) => (text: string) => text.replace('istio:\n', `istio:\n  hub: ${name}\n`);

  test('whose registry cannot be reached is inconclusive, and names it', async () => {
    const to = await bundlesOf(machine).render('unreachable', { edit: hub('registry.invalid/istio') });
    const run = await rehearseOn(machine, { from: running.path, to: to.path });
    expectInconclusive(
      run,
      /^images \(ImageUnavailable\): image registry\.invalid\/istio\/p\w+:1\.31\.0 cannot be pulled: /,
    );
    expect(run.record?.parts.map(({ name }) => name)).toEqual(['cluster', 'images']);
  });

  test('that its registry does not know fails, and names it', async () => {
    const registry = await docker(
      ...['run', '--detach', '--publish', `127.0.0.1:${registryPort}:5000`, await registryImage(folder)],
    );
    try {
      const to = await bundlesOf(machine).render('unknown', { edit: hub(`localhost:${registryPort}/istio`) });
      const run = await rehearseOn(machine, { from: running.path, to: to.path });
      expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 1, result: 'fail' });
      expect(run.record?.reasons[0]).toMatch(/^images \(ImageMissing\): image localhost:5058\/istio\/p\w+:1\.31\.0 /);
    } finally {
      await docker('rm', '--force', '--volumes', registry);
    }
  });
});

test('a rehearsal whose workload has an image that nobody has is inconclusive, and names it', async () => {
  const workloads = join(folder, 'unpulled.yaml');
  writeFileSync(workloads, unpulled);
  const run = await rehearseOn(machine, { to: next.path, 'first-install': 'true', workloads, timeout: '40' });
  expectInconclusive(
    run,
    /^workloads \(ImageUnavailable\): .*image registry\.invalid\/shop\/app:1 of pod shop\/unpulled-\S+: /,
  );
});

describe('a rehearsal of a mesh with routes of the Gateway API', () => {
  let to: RenderedBundle;

  beforeAll(async () => {
    to = await bundlesOf(machine).render('routes', { files: { 'config/services/route.yaml': route } });
  });

  test('is inconclusive without its CRDs, names one that needs them, and makes no cluster', async () => {
    const run = await rehearseOn(machine, { to: to.path, 'first-install': 'true' });
    expectInconclusive(
      run,
      /^prerequisites \(PrerequisiteMissing\): .*no HTTPRoute of gateway\.networking\.k8s\.io\/v1, such as HTTPRoute shop\/web \(config\/services\/route\.yaml:2\).*as prerequisites/,
    );
    expect(run.record?.parts.map(({ name }) => name)).toEqual(['prerequisites']);
  });

  test('passes with them, and with the Secrets that the environment has', async () => {
    const prerequisites = join(folder, 'prerequisites');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web', namespace: 'shop' }, data: {} };
    const objects = [secret, ...(await gatewayApiDefinitions())];
    writeFileSync(`${prerequisites}.yaml`, objects.map((object) => `---\n${printYaml(object)}`).join(''));
    const run = await rehearseOn(machine, {
      to: to.path,
      'first-install': 'true',
      prerequisites: `${prerequisites}.yaml`,
      after: '15',
    });
    expect({ code: run.code, result: run.record?.result }, run.stderr).toEqual({ code: 0, result: 'pass' });
    expect(run.record?.parts.map(({ name }) => name)).toContain('prerequisites');
  });
});

const route = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
  annotations: { acme.example/owner: shop }
spec:
  parentRefs: [{ name: web }]
  rules: [{ backendRefs: [{ name: web, port: 80 }] }]
`;

const unpulled = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: unpulled, namespace: shop }
spec:
  selector: { matchLabels: { app: unpulled } }
  template:
    metadata: { labels: { app: unpulled } }
    spec: { containers: [{ name: app, image: 'registry.invalid/shop/app:1' }] }
`;
