import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectCluster } from '../src/adapters/kubernetes/connect-cluster.ts';
import { runProgram } from '../src/adapters/toolchain/run-program.ts';
import { revisionLabel } from '../src/bundle/labels.ts';
import { printYaml } from '../src/mesh/yaml.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import type { KubernetesObject } from '../src/ports/objects.ts';
import type { ProbeResult } from '../src/ports/probe-result.ts';
import type { ProbeRun } from '../src/probe/probe-run.ts';

export interface RunbookOptions {
  /** Paths of the programs. */
  programs: Record<'kind' | 'kubectl' | 'istioctl', string>;
  /** Folder for files. */
  folder: string;
  nodeImage: string | undefined;
  /** Images that the node does not have yet. */
  images: readonly string[];
  /** IstioOperator files, the later ones over the earlier. */
  istioFiles: readonly string[];
  revisions: { old: string; new: string };
  /** There must be one before Istio. */
  rootNamespace: string;
  /** The gateways and their namespaces. */
  gateways: readonly KubernetesObject[];
  /** What carries the traffic. In the namespaces of both that have a revision label, it names the revision itself. */
  workloads: readonly KubernetesObject[];
  /** Begins the traffic and measures the baseline. */
  startTraffic(access: { kubeconfig: string; context: string }): Promise<ProbeRun>;
  /** Seconds of traffic after the change. */
  after: number;
  tell(what: string): void;
  signal: AbortSignal;
}

export interface RunbookResult {
  /** Seconds by part. */
  parts: Record<string, number>;
  probe: ProbeResult;
}

const cluster = 'runbook';

/**
 * What a person does with the tools themselves: a kind cluster, `istioctl install`, the second revision beside the
 * first, the namespaces relabelled and everything in them restarted at once, the first revision uninstalled.
 */
export async function followRunbook(options: RunbookOptions): Promise<RunbookResult> {
  const { programs, folder, revisions, gateways, workloads, tell, signal } = options;
  const kubeconfig = join(folder, 'runbook-kubeconfig');
  const context = `kind-${cluster}`;
  const parts: Record<string, number> = {};

  const environment = { ...process.env, KUBECONFIG: kubeconfig };
  async function run(program: keyof typeof programs, ...words: string[]): Promise<void> {
    const { exitCode, errors } = await runProgram(programs[program], words, { environment, signal });
    if (exitCode !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${exitCode}: ${errors}`);
  }
  async function part(name: string, work: () => Promise<void>): Promise<void> {
    tell(`runbook: ${name}`);
    const started = performance.now();
    await work();
    parts[name] = (performance.now() - started) / 1000;
  }
  const install = (revision: string) => {
    const files = options.istioFiles.flatMap((file) => ['--filename', file]);
    return run('istioctl', 'install', '--skip-confirmation', ...files, '--set', `revision=${revision}`);
  };
  const allReady = async (objects: readonly KubernetesObject[]) => {
    for (const { metadata } of objects.filter(({ kind }) => kind === 'Deployment')) {
      const words = ['--namespace', metadata.namespace ?? '', `deployment/${metadata.name}`, '--timeout=300s'];
      await run('kubectl', 'rollout', 'status', ...words);
    }
  };
  const deploy = async (objects: readonly KubernetesObject[]) => {
    const manifests = join(folder, 'runbook.yaml');
    const labelled = objects.map((object) => withRevision(object, revisions.old));
    await writeFile(manifests, labelled.map((object) => printYaml(object)).join('---\n'));
    await run('kubectl', 'apply', '--filename', manifests);
    await allReady(objects);
  };

  try {
    await part('cluster', async () => {
      const image = options.nodeImage === undefined ? [] : ['--image', options.nodeImage];
      await run('kind', 'create', 'cluster', '--name', cluster, '--kubeconfig', kubeconfig, '--wait', '180s', ...image);
      await run('kubectl', '--namespace', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=180s');
    });
    await part('images', () => run('kind', 'load', 'docker-image', ...options.images, '--name', cluster));
    await part('install', async () => {
      await run('kubectl', 'create', 'namespace', options.rootNamespace);
      await install(revisions.old);
      await deploy(gateways);
    });
    await part('workloads', () => deploy(workloads));

    let traffic: ProbeRun | undefined;
    await part('before', async () => {
      traffic = await options.startTraffic({ kubeconfig, context });
    });
    if (!traffic) throw new Error('no traffic');
    await traffic.enter('upgrade');
    await part('upgrade', async () => {
      await install(revisions.new);
      const meshed = [...workloads, ...gateways].filter(isMeshed).map(({ metadata }) => metadata.name);
      for (const name of meshed) {
        await run('kubectl', 'label', 'namespace', name, `${revisionLabel}=${revisions.new}`, '--overwrite');
      }
      for (const name of meshed) await run('kubectl', '--namespace', name, 'rollout', 'restart', 'deployment');
      await allReady([...workloads, ...gateways]);
    });
    await traffic.enter('finish');
    await part('finish', async () => {
      await run('istioctl', 'uninstall', '--skip-confirmation', '--revision', revisions.old);
      await oldPodsGone(connectCluster({ name: cluster, kubeconfig, context }), revisions.old);
    });
    await traffic.enter('after');
    await part('after', () => sleep(options.after * 1000));
    return { parts, probe: await traffic.stop() };
  } finally {
    await run('kind', 'delete', 'cluster', '--name', cluster, '--kubeconfig', kubeconfig);
  }
}

function isMeshed({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'Namespace' && metadata.labels?.[revisionLabel] !== undefined;
}

function withRevision(object: KubernetesObject, revision: string): KubernetesObject {
  if (!isMeshed(object)) return object;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, [revisionLabel]: revision } },
  };
}

async function oldPodsGone(connection: Cluster, revision: string): Promise<void> {
  const pods = { labelSelector: `${revisionLabel}=${revision}` };
  while ((await connection.list({ apiVersion: 'v1', kind: 'Pod' }, pods)).items.length > 0) await sleep(500);
}
