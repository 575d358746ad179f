import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/adapters/clock.ts';
import { readBundle } from '../src/adapters/files/read-bundle.ts';
import { createSecrets } from '../src/adapters/runner/secrets.ts';
import { terminalReporter } from '../src/adapters/runner/terminal-reporter.ts';
import { createToolchain } from '../src/adapters/toolchain/create-toolchain.ts';
import { packageRoot } from '../src/adapters/toolchain/package-root.ts';
import { toolchainSettings } from '../src/adapters/toolchain/toolchain-settings.ts';
import { deliveryFieldManager } from '../src/bundle/field-manager.ts';
import { printYaml } from '../src/mesh/yaml.ts';
import type { KubernetesObject } from '../src/ports/objects.ts';
import { textTable } from '../src/text/text-table.ts';

/**
 * Times a plan and an unchanged promotion of examples/acme beside kubectl's server-side diff and apply of the same
 * objects, on one embedded cluster, in turns. Every program is a process of its own, as its users run it.
 */
const rounds = 7;
const cluster = 'bench';
const root = packageRoot();
const work = await mkdtemp(join(tmpdir(), 'istio-delivery-bench-'));
const signal = new AbortController().signal;
const reporter = terminalReporter(process.stderr, createSecrets(), systemClock);
const kubectl = (await createToolchain(toolchainSettings(process.env), reporter, signal).resolve('kubectl')).path;

try {
  const { kubeconfig } = JSON.parse(deliver('local', 'up', '--clusters', cluster, '--output', 'json'));
  const mesh = join(root, 'examples', 'acme', 'mesh.yaml');
  const bundle = join(work, 'bundle');
  deliver('render', '--mesh', mesh, '--out', bundle);
  const benchKubeconfig = join(work, 'kubeconfig');
  const raw = run(kubectl, ['--kubeconfig', kubeconfig, '--context', cluster, 'config', 'view', '--minify', '--raw']);
  await writeFile(benchKubeconfig, raw);
  run(kubectl, ['--kubeconfig', benchKubeconfig, 'config', 'rename-context', cluster, 'dev']);

  const objects = (await readBundle(bundle)).clusters.dev?.stages.flatMap(({ objects }) => objects) ?? [];
  const manifests = join(work, 'objects.yaml');
  await writeFile(manifests, objects.map((object) => printYaml(withoutControllerFields(object))).join('---\n'));

  const on = ['--bundle', bundle, '--environment', 'dev', '--kubeconfig', benchKubeconfig];
  // As the manager that owns the fields already: two managers of one atomic list are in conflict for ever.
  const same = ['--server-side', '--field-manager', deliveryFieldManager, '--filename', manifests];
  const apply = ['--kubeconfig', benchKubeconfig, 'apply', ...same];
  const diff = ['--kubeconfig', benchKubeconfig, 'diff', ...same];
  deliver('promote', ...on, '--record', join(work, 'record.json'));
  run(kubectl, apply);

  const contestants: Record<string, () => void> = {
    'kubectl diff --server-side': () => run(kubectl, diff),
    'istio-delivery plan': () => deliver('plan', ...on, '--out', join(work, 'plan.json')),
    'kubectl apply --server-side': () => run(kubectl, apply),
    'istio-delivery promote': () => deliver('promote', ...on, '--record', join(work, 'record.json')),
  };
  const seconds = new Map(Object.keys(contestants).map((name) => [name, [] as number[]]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, contestant] of Object.entries(contestants)) {
      reporter.progress(`round ${round} of ${rounds}: ${name}`);
      const started = performance.now();
      contestant();
      seconds.get(name)?.push((performance.now() - started) / 1000);
    }
  }
  const rows = [...seconds].map(([name, times], index) => {
    const peer = [...seconds.values()][index - (index % 2)] ?? times;
    const [fastest = 0, slowest = 0] = [Math.min(...times), Math.max(...times)];
    return [name, median(times), fastest, slowest, median(times) / median(peer)].map((value) =>
      typeof value === 'number' ? value.toFixed(2) : value,
    );
  });
  console.log(`${objects.length} objects, unchanged, ${rounds} rounds, seconds:`);
  console.log(textTable(['PROGRAM', 'MEDIAN', 'MIN', 'MAX', 'RATIO TO KUBECTL'], rows).join('\n'));
} finally {
  deliver('local', 'down', '--clusters', cluster);
  await rm(work, { recursive: true, force: true });
}

/** What istiod writes itself: kubectl would take it back with every apply, and so never be unchanged. */
function withoutControllerFields(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'ValidatingWebhookConfiguration') return object;
  const webhooks = (object.webhooks as Record<string, unknown>[]).map(({ failurePolicy: _policy, ...rest }) => rest);
  return { ...object, webhooks };
}

function deliver(...args: string[]): string {
  return run(process.execPath, [join(root, 'dist', 'cli.js'), ...args]);
}

function run(program: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

function median(values: number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
