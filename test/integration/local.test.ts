import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../src/adapters/embedded/process-identity.ts';
import type { ClusterRecord, DaemonRecord } from '../../src/local/cluster-record.ts';
import type { DaemonStatus } from '../../src/local/daemon-status.ts';
import type { Pod } from '../../src/local/pod.ts';
import type { ProcessRecord } from '../../src/local/process-record.ts';
import { commandLine, type Embedded, startEmbedded } from '../support/embedded.ts';

const execute = promisify(execFile);
const name = 'one';
const revision = '1-31-0';

const operator = {
  apiVersion: 'install.istio.io/v1alpha1',
  kind: 'IstioOperator',
  metadata: { name: 'minimal' },
  spec: {
    profile: 'minimal',
    revision,
    hub: 'docker.io/istio',
    values: { pilot: { env: { PILOT_ENABLE_STATUS: 'true' } } },
  },
};

const workload = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { 'istio.io/rev': revision } } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'registry.example/web:1', ports: [{ containerPort: 8080 }] }] },
        },
      },
    },
  ],
};

describe('embedded clusters', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded([name]);
  });

  afterAll(() => embedded?.stop());

  const folder = () => join(embedded.home, 'clusters', name);
  const read = <T>(file: string): T => JSON.parse(readFileSync(join(folder(), file), 'utf8')) as T;

  /** A tool against the cluster; what it prints. */
  async function call(tool: 'kubectl' | 'istioctl', ...args: string[]): Promise<string> {
    const run = await execute(embedded.tool(tool), [...args, '--context', name], {
      env: { ...embedded.environment, PATH: process.env.PATH, HOME: embedded.home },
      maxBuffer: 1 << 26,
    });
    return run.stdout;
  }

  async function status(): Promise<{ clusters: { daemon?: DaemonStatus; identity?: unknown }[]; healed: string[] }> {
    const { code, stdout, stderr } = await embedded.run('local', 'status', '--output', 'json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return JSON.parse(stdout);
  }

  async function istiodPods(): Promise<Pod[]> {
    const { items } = await embedded
      .cluster(name)
      .list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: 'app=istiod' });
    return items as Pod[];
  }

  async function istiodIsReady(): Promise<boolean> {
    const pods = await istiodPods();
    const conditions = pods.map((pod) => pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status);
    return conditions.length > 0 && conditions.every((condition) => condition === 'True');
  }

  test('finds a running cluster and leaves it alone', async () => {
    const before = read<ClusterRecord>('cluster.json');
    const { code, stdout, stderr } = await embedded.run('local', 'up', '--clusters', name);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(`${name}: runs already`);
    expect(stdout).toContain('v1.34.2');
    expect(read<ClusterRecord>('cluster.json').processes).toEqual(before.processes);
  });

  test('runs with RBAC and admission on', async () => {
    await expect(call('kubectl', 'get', 'pods', '--as', 'nobody')).rejects.toThrow(/forbidden/);
    await expect(call('kubectl', 'delete', 'namespace', 'kube-system')).rejects.toThrow(/forbidden/);
  });

  test('plays a rendered istiod by its real process, with the rights of its own ServiceAccount', async () => {
    const file = join(embedded.home, 'operator.json');
    await writeFile(file, JSON.stringify(operator));
    const render = await execute(embedded.tool('istioctl'), ['manifest', 'generate', '-f', file], {
      maxBuffer: 1 << 26,
    });
    await writeFile(join(embedded.home, 'render.yaml'), render.stdout);
    await call('kubectl', 'create', 'namespace', 'istio-system');
    await call('kubectl', 'apply', '--server-side', '-f', join(embedded.home, 'render.yaml'));
    await until('istiod is ready', istiodIsReady);

    const [istiod] = (await status()).clusters[0]?.daemon?.istiods ?? [];
    expect(istiod).toMatchObject({ revision, ready: true, restarts: 0 });
    const environment = readFileSync(`/proc/${istiod?.pid}/environ`, 'utf8').split('\0');
    expect(environment).toContain('PILOT_ENABLE_STATUS=true');
    expect(environment).toContain(`POD_NAME=${(await istiodPods())[0]?.metadata.name}`);
    const [configuration = ''] = environment.filter((entry) => entry.startsWith('KUBECONFIG='));
    const whoami = await execute(embedded.tool('kubectl'), [
      'auth',
      'whoami',
      '-o',
      'json',
      '--kubeconfig',
      configuration.slice(11),
    ]);
    expect(JSON.parse(whoami.stdout).status.userInfo.username).toBe(
      `system:serviceaccount:istio-system:istiod-${revision}`,
    );
  });

  test('lets the API server reach the webhooks of unmodified manifests', async () => {
    await writeFile(join(embedded.home, 'workload.json'), JSON.stringify(workload));
    await until('the validator fails closed', async () => {
      const webhook = await call(
        'kubectl',
        'get',
        'validatingwebhookconfiguration',
        `istio-validator-${revision}-istio-system`,
        '-o',
        'json',
      );
      return JSON.parse(webhook).webhooks[0].failurePolicy === 'Fail';
    });
    await call('kubectl', 'apply', '-f', join(embedded.home, 'workload.json'));
    await call('kubectl', 'rollout', 'status', 'deployment/web', '-n', 'shop', '--timeout=60s');
    const { items } = await embedded.cluster(name).list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: 'shop' });
    expect(items.map(({ metadata }) => metadata.annotations?.['istio.io/rev'])).toEqual([revision, revision, revision]);
  });

  test('shows every injected pod as a synced proxy of its revision', async () => {
    await until('all proxies are synced', async () => {
      const documents = await call('istioctl', 'proxy-status', '--revision', revision, '-o', 'json');
      const { resources } = JSON.parse(documents) as { resources?: ProxyState[] };
      const proxies = (resources ?? []).filter(({ node }) => node.id.endsWith('.shop'));
      return (
        proxies.length === 3 &&
        proxies.every(
          ({ node, genericXdsConfigs }) =>
            node.metadata.ISTIO_VERSION === '1.31.0' &&
            genericXdsConfigs.length >= 3 &&
            genericXdsConfigs.every(({ configStatus }) => configStatus === 'SYNCED'),
        )
      );
    });
    const version = JSON.parse(await call('istioctl', 'version', '--revision', revision, '-o', 'json'));
    expect(version.meshVersion).toMatchObject([
      { Component: 'istiod', Revision: revision, Info: { version: '1.31.0' } },
    ]);
    const proxies = (version.dataPlaneVersion as { ID: string; IstioVersion: string }[]).filter(({ ID }) =>
      ID.endsWith('.shop'),
    );
    expect(proxies.map(({ IstioVersion }) => IstioVersion)).toEqual(['1.31.0', '1.31.0', '1.31.0']);
  });

  test('has an istiod pod ready only while its process is', async () => {
    const [record] = read<DaemonRecord>('daemon.json').istiods;
    process.kill(record?.pid ?? 0, 'SIGKILL');
    await until('the pod is not ready', async () => !(await istiodIsReady()));
    await until('the pod is ready again', istiodIsReady);
    expect((await istiodPods())[0]?.status?.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 1 });
    expect(read<DaemonRecord>('daemon.json').istiods[0]?.pid).not.toBe(record?.pid);
    await until('the proxies come back', async () => {
      const [count] = (await status()).clusters[0]?.daemon?.proxies ?? [];
      return count?.synced === 3;
    });
  });

  test('ends the streams of pods that go', async () => {
    await call('kubectl', 'scale', 'deployment/web', '-n', 'shop', '--replicas=1');
    await until('one proxy is left', async () => {
      const [count] = (await status()).clusters[0]?.daemon?.proxies ?? [];
      return count?.proxies === 1 && count.synced === 1;
    });
  });

  test('heals a killed daemon with the next command, and ends what it left behind', async () => {
    const before = read<DaemonRecord>('daemon.json');
    process.kill(before.daemon.pid, 'SIGKILL');
    await until('the daemon is dead', async () => !isAlive(before.daemon));
    expect(before.istiods.every(isAlive)).toBe(true);
    expect((await status()).healed).toEqual([name]);
    expect(before.istiods.some(isAlive)).toBe(false);
    await until('istiod is ready again', async () => {
      const { daemon } = (await status()).clusters[0] ?? {};
      return daemon?.istiods[0]?.ready === true && daemon.proxies[0]?.synced === 1;
    });
    expect(await istiodIsReady()).toBe(true);
  });

  test('starts a process of the control plane that has died', async () => {
    const scheduler = read<ClusterRecord>('cluster.json').processes.find((record) => record.name === 'kube-scheduler');
    process.kill(scheduler?.pid ?? 0, 'SIGKILL');
    await until('the scheduler is dead', async () => scheduler !== undefined && !isAlive(scheduler));
    expect((await status()).healed).toEqual([name]);
    const now = read<ClusterRecord>('cluster.json').processes;
    expect(now.every(isAlive)).toBe(true);
    expect(now.find((record) => record.name === 'kube-scheduler')?.pid).not.toBe(scheduler?.pid);
  });

  test('stops an istiod whose Deployment goes', async () => {
    const [record] = read<DaemonRecord>('daemon.json').istiods;
    await call('kubectl', 'delete', 'deployment', `istiod-${revision}`, '-n', 'istio-system');
    await until('the process is gone', async () => record !== undefined && !isAlive(record));
    expect((await status()).clusters[0]?.daemon?.istiods).toEqual([]);
  });

  test('leaves no process and no folder behind, even after a crash', async () => {
    await call('kubectl', 'apply', '--server-side', '--force-conflicts', '-f', join(embedded.home, 'render.yaml'));
    await until('istiod runs', async () => read<DaemonRecord>('daemon.json').istiods.length === 1);
    const daemon = read<DaemonRecord>('daemon.json');
    const records: ProcessRecord[] = [
      daemon.daemon,
      ...daemon.istiods,
      ...read<ClusterRecord>('cluster.json').processes,
    ];
    expect(records.filter(isAlive)).toHaveLength(7);
    process.kill(daemon.daemon.pid, 'SIGKILL');
    const { code, stdout } = await embedded.run('local', 'down', '--clusters', name);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${name}: removed\n` });
    expect(records.filter(isAlive)).toEqual([]);
    expect(existsSync(folder())).toBe(false);
    expect(existsSync(embedded.kubeconfig)).toBe(false);
  });

  test('removes a cluster whose creation was cut off, and creates it anew', async () => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...embedded.environment };
    const cut = spawn(process.execPath, [commandLine, 'local', 'up', '--clusters', 'cut'], { env, stdio: 'ignore' });
    const ended = once(cut, 'exit');
    await until('its processes start', async () =>
      existsSync(join(embedded.home, 'clusters', 'cut', 'kwok', 'clusters', 'cut', 'pids', 'etcd.pid')),
    );
    cut.kill('SIGKILL');
    await ended;
    const { code, stderr } = await embedded.run('local', 'up', '--clusters', 'cut');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('cut: created');
    const unnamed = await embedded.run('local', 'down');
    expect(unnamed.code).toBe(2);
    expect(unnamed.stderr).toMatch(
      /local down ends nothing: no cluster was named \(there are .*\); give either --clusters or --all/,
    );
    expect(await embedded.run('local', 'down', '--all', '--clusters', 'x')).toMatchObject({ code: 2 });
    const { stdout } = await embedded.run('local', 'down', '--all');
    expect(stdout).toBe('cut: removed\n');
  });
});

interface ProxyState {
  node: { id: string; metadata: { ISTIO_VERSION: string } };
  genericXdsConfigs: { typeUrl: string; configStatus: string }[];
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 60_000;
  while (Date.now() < giveUp) {
    if (await holds().catch(() => false)) return;
    await sleep(200);
  }
  throw new Error(`${what}: not within 60 s`);
}
