import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../src/adapters/clock.ts';
import { connectCluster } from '../src/adapters/kubernetes/connect-cluster.ts';
import { createSecrets } from '../src/adapters/runner/secrets.ts';
import { terminalReporter } from '../src/adapters/runner/terminal-reporter.ts';
import { createToolchain } from '../src/adapters/toolchain/create-toolchain.ts';
import { packageRoot } from '../src/adapters/toolchain/package-root.ts';
import { toolchainSettings } from '../src/adapters/toolchain/toolchain-settings.ts';
import { readiness } from '../src/apply/readiness.ts';
import { printYaml } from '../src/mesh/yaml.ts';
import type { KubernetesObject } from '../src/ports/objects.ts';
import { textTable } from '../src/text/text-table.ts';
import type { Usage } from './count-requests.ts';

/**
 * Upgrades a mesh of many workloads on one embedded cluster, beside the floor: `kubectl rollout restart` of all of
 * them at once, with no check of anything. Words: number of workloads, of namespaces, workloads at a time.
 */
const [workloads = 1000, namespaces = 200, batch = 5] = process.argv.slice(2).map(Number);
const replicas = 2;
const cluster = 'bench';
const root = packageRoot();
const work = await mkdtemp(join(tmpdir(), 'istio-delivery-bench-'));
const reporter = terminalReporter(process.stderr, createSecrets(), systemClock);
const toolchain = createToolchain(toolchainSettings(process.env), reporter, new AbortController().signal);
const kubectl = (await toolchain.resolve('kubectl')).path;

try {
  const { kubeconfig } = JSON.parse(deliver('local', 'up', '--clusters', cluster, '--nodes', '5', '--output', 'json'));
  const on = ['--environment', 'bench', '--kubeconfig', kubeconfig];
  const [old, coming] = [await render('old'), await render('new')];
  deliver('promote', '--bundle', old, ...on, '--record', join(work, 'promotion.json'));

  const manifests = join(work, 'workloads.yaml');
  await writeFile(
    manifests,
    teamDeployments()
      .map((object) => printYaml(object))
      .join('---\n'),
  );
  const kube = ['--kubeconfig', kubeconfig, '--context', cluster];
  run(kubectl, [...kube, 'apply', '--server-side', '--filename', manifests]);
  await allReady(kubeconfig);

  const floor = await timed(async () => {
    run(kubectl, [...kube, 'rollout', 'restart', '--filename', manifests]);
    await allReady(kubeconfig);
  });
  const usageFile = join(work, 'usage.json');
  const upgrade = await timed(async () => {
    const words = ['upgrade', 'start', '--bundle', coming, ...on, '--record', join(work, 'upgrade.json')];
    const counting = ['--import', join(root, 'scripts', 'count-requests.ts'), join(root, 'src', 'cli.ts')];
    run(process.execPath, [...counting, ...words], { BENCH_USAGE: usageFile });
  });
  const finish = await timed(async () => {
    deliver('upgrade', 'finish', '--bundle', coming, ...on, '--record', join(work, 'finish.json'));
  });
  const usage = JSON.parse(await readFile(usageFile, 'utf8')) as Usage;
  console.log(`${workloads} Deployments of ${replicas} pods in ${namespaces} namespaces, ${batch} at a time:`);
  console.log(
    textTable(
      ['WHAT', 'SECONDS', 'RATIO', 'REQUESTS PER WORKLOAD', 'PEAK MEMORY'],
      [
        ['kubectl rollout restart of all at once', floor.toFixed(0), '1.0', '', ''],
        [
          'istio-delivery upgrade start',
          upgrade.toFixed(0),
          (upgrade / floor).toFixed(1),
          (usage.requests / workloads).toFixed(1),
          `${usage.memory} MiB`,
        ],
        ['istio-delivery upgrade finish', finish.toFixed(0), (finish / floor).toFixed(1), '', ''],
      ],
    ).join('\n'),
  );
  console.log(
    'Both revisions run the same Istio; istiod may take 1000 new streams a second (PILOT_MAX_REQUESTS_PER_SECOND).',
  );
} finally {
  deliver('local', 'down', '--clusters', cluster);
  await rm(work, { recursive: true, force: true });
}

async function render(name: 'old' | 'new'): Promise<string> {
  const mesh = {
    name: 'bench',
    istio: {
      version: '1.31.0',
      revision: `1-31-0-${name}`,
      // A thousand proxies come back at once in the floor's run; by its number of cores istiod would refuse most.
      values: { pilot: { env: { PILOT_MAX_REQUESTS_PER_SECOND: '1000' } } },
    },
    gateways: [{ name: 'ingress', class: 'ingress' }],
    groups: [
      { name: 'canary', namespaces: { names: names().slice(0, 1) }, tag: 'prod-canary', batch },
      { name: 'main', namespaces: { names: names().slice(1) }, tag: 'prod', batch },
    ],
    environments: { bench: { clusters: [{ name: cluster }] } },
  };
  const file = join(work, `${name}.yaml`);
  await writeFile(file, printYaml(mesh));
  deliver('render', '--mesh', file, '--out', join(work, name));
  return join(work, name);
}

function names(): string[] {
  return Array.from({ length: namespaces }, (_, index) => `team-${index}`);
}

function teamDeployments(): KubernetesObject[] {
  return Array.from({ length: workloads }, (_, index) => {
    const labels = { app: `app-${index}` };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `app-${index}`, namespace: `team-${index % namespaces}` },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
      },
    };
  });
}

/** Waits until every Deployment of the teams is ready. */
async function allReady(kubeconfig: string): Promise<void> {
  const connection = connectCluster({ name: cluster, context: cluster, kubeconfig });
  for (;;) {
    const { items } = await connection.list({ apiVersion: 'apps/v1', kind: 'Deployment' });
    const open = items.filter((object) => readiness(object).kind !== 'ready').length;
    reporter.progress(`${items.length - open} of ${items.length} Deployments ready`);
    if (open === 0) return;
    await sleep(1000);
  }
}

async function timed(what: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await what();
  return (performance.now() - started) / 1000;
}

function deliver(...words: string[]): string {
  return run(process.execPath, [join(root, 'dist', 'cli.js'), ...words]);
}

function run(program: string, args: string[], environment: Record<string, string> = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}
