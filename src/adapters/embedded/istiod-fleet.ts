import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { IstiodStatus } from '../../local/daemon-status.ts';
import { istiodPodStatus } from '../../local/istiod-status.ts';
import { type IstiodPorts, type IstiodWorkload, istiodWorkloads } from '../../local/istiod-workload.ts';
import type { Pod } from '../../local/pod.ts';
import { clusterPortForward, portForwardLabel, portForwardName } from '../../local/port-forward.ts';
import type { ProcessRecord } from '../../local/process-record.ts';
import type { Clock } from '../../ports/clock.ts';
import { objectId } from '../../ports/objects.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { freePorts } from './free-ports.ts';
import { type IstiodPlanOptions, planIstiod, renewToken } from './istiod-plan.ts';
import { IstiodProcess } from './istiod-process.ts';

export interface IstiodFleetOptions extends Pick<IstiodPlanOptions, 'cluster' | 'toolchain' | 'machine' | 'apiServer'> {
  /** A folder for each process is made in it. */
  folder: string;
  clock: Clock;
  reporter: Reporter;
  /** Processes started, ended, or became ready or unready. */
  changed(): void;
  /** A process answers now. */
  ready(): void;
  /** A process is gone for good, and its ports with it. */
  stopped(ports: IstiodPorts): void;
}

interface Member {
  workload: IstiodWorkload;
  process: IstiodProcess;
  /** What was last applied as its ClusterPortForward. */
  forward?: string;
}

const fieldManager = 'istio-delivery-local';
const portForwards = { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'ClusterPortForward' };

/** The istiods of a cluster: one process for each pod template that has pods, and pods that are ready when it is. */
export class IstiodFleet {
  readonly #members = new Map<string, Member>();
  readonly #options: IstiodFleetOptions;

  constructor(options: IstiodFleetOptions) {
    this.#options = options;
  }

  /** The ports of a process that answers. */
  readyPorts(key: string): IstiodPorts | undefined {
    const member = this.#members.get(key);
    return member?.process.health.ready ? member.process.ports : undefined;
  }

  records(): ProcessRecord[] {
    return [...this.#members.values()].flatMap(({ process }) => (process.record ? [process.record] : []));
  }

  statuses(): IstiodStatus[] {
    return [...this.#members.values()].map(({ workload, process }) => ({
      revision: workload.revision,
      namespace: workload.namespace,
      pid: process.record?.pid ?? 0,
      pods: workload.pods.length,
      ports: process.ports,
      ...process.health,
    }));
  }

  /** Brings processes, pod statuses and forwards to what these pods ask for. */
  async reconcile(pods: readonly Pod[]): Promise<void> {
    const workloads = new Map(istiodWorkloads(pods).map((workload) => [workload.key, workload]));
    const gone = [...this.#members].filter(([key]) => !workloads.has(key));
    await Promise.all([
      ...gone.map(([key, member]) => this.#remove(key, member)),
      ...[...workloads.values()].map((workload) => this.#bring(workload)),
    ]);
  }

  /** ClusterPortForward objects of processes that no longer are: a daemon that was killed could not take them back. */
  async removeStaleForwards(): Promise<void> {
    const { cluster } = this.#options;
    const { items } = await cluster.list(portForwards, { labelSelector: portForwardLabel });
    const wanted = new Set([...this.#members.keys()].map(portForwardName));
    for (const object of items.filter(({ metadata }) => !wanted.has(metadata.name))) {
      await cluster.delete(objectId(object), object.metadata.uid ?? '');
    }
  }

  async renewTokens(): Promise<void> {
    await Promise.all(
      [...this.#members.values()].map(({ workload, process }) => renewToken(this.#plan(workload, process))),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members.values()].map(({ process }) => process.stop()));
  }

  async #bring(workload: IstiodWorkload): Promise<void> {
    const member = this.#members.get(workload.key) ?? (await this.#add(workload));
    // The first pod stays the process's own name for as long as it runs.
    member.workload = { ...workload, pod: member.workload.pod };
    const { cluster, clock } = this.#options;
    const statuses = workload.pods.map((pod) => istiodPodStatus(pod, member.process.health, clock.now()));
    await Promise.all(
      statuses.map((status) => (status ? cluster.applyStatus(status, { fieldManager }) : Promise.resolve(true))),
    );
    const forward = clusterPortForward(workload, member.process.ports);
    if (member.forward === JSON.stringify(forward)) return;
    const result = await cluster.apply(forward, { fieldManager, dryRun: false, force: true });
    if (result.kind === 'applied') member.forward = JSON.stringify(forward);
    else this.#options.reporter.line(`ClusterPortForward ${forward.metadata.name} was not applied: ${result.kind}`);
  }

  async #add(workload: IstiodWorkload): Promise<Member> {
    const taken = new Set([...this.#members.values()].flatMap(({ process }) => Object.values(process.ports)));
    const [http = 0, https = 0, grpc = 0, secureGrpc = 0, monitoring = 0] = await freePorts(5, taken);
    const process: IstiodProcess = new IstiodProcess({
      workload,
      ports: { http, https, grpc, secureGrpc, monitoring },
      folder: join(this.#options.folder, workload.key),
      clock: this.#options.clock,
      prepare: () => planIstiod(this.#plan(workload, process)),
      changed: () => this.#say(workload, process),
    });
    const member: Member = { workload, process };
    this.#members.set(workload.key, member);
    process.start();
    return member;
  }

  async #remove(key: string, { process, workload }: Member): Promise<void> {
    this.#members.delete(key);
    await process.stop();
    rmSync(process.folder, { recursive: true, force: true });
    this.#options.stopped(process.ports);
    this.#options.reporter.line(`istiod ${key}: stopped, its pods are gone`);
    this.#options.changed();
    try {
      const object = await this.#options.cluster.get({ ...portForwards, name: portForwardName(workload.key) });
      if (object) await this.#options.cluster.delete(objectId(object), object.metadata.uid ?? '');
    } catch (error) {
      this.#options.reporter.line(`istiod ${key}: its ClusterPortForward stays behind: ${messageOf(error)}`);
    }
  }

  #plan(workload: IstiodWorkload, process: IstiodProcess): IstiodPlanOptions {
    const { cluster, toolchain, machine, apiServer } = this.#options;
    return { workload, ports: process.ports, folder: process.folder, cluster, toolchain, machine, apiServer };
  }

  #say(workload: IstiodWorkload, { health, record }: IstiodProcess): void {
    this.#options.reporter.line(
      `istiod ${workload.key}: ${health.ready ? `ready (process ${record?.pid})` : (health.reason ?? 'not ready')}`,
    );
    this.#options.changed();
    if (health.ready) this.#options.ready();
  }
}
