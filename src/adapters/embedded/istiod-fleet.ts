import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { IstiodStatus } from '../../local/daemon-status.ts';
import type { IstiodFault } from '../../local/fault.ts';
import { istiodPodStatus } from '../../local/istiod-status.ts';
import { type IstiodPorts, type IstiodWorkload, istiodWorkloads } from '../../local/istiod-workload.ts';
import type { Pod } from '../../local/pod.ts';
import { clusterPortForward, portForwardLabel, portForwardName, portForwardType } from '../../local/port-forward.ts';
import type { ProcessRecord } from '../../local/process-record.ts';
import type { Clock } from '../../ports/clock.ts';
import { formatObjectId, objectId } from '../../ports/objects.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { type IstiodPlanOptions, planIstiod, renewToken } from './istiod-plan.ts';
import { IstiodProcess } from './istiod-process.ts';

export interface IstiodFleetOptions extends Pick<IstiodPlanOptions, 'cluster' | 'toolchain' | 'machine' | 'apiServer'> {
  /** A folder for each process is made in it. */
  folder: string;
  clock: Clock;
  reporter: Reporter;
  /** What is wrong with the istiods of a revision now. */
  faultOf(revision: string): IstiodFault | undefined;
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

/** The istiods of a cluster: one process for each pod template that has pods, and pods that are ready when it is. */
export class IstiodFleet {
  readonly #members = new Map<string, Member>();
  /** Told to end, and not yet gone. */
  readonly #leaving = new Set<IstiodProcess>();
  #started = 0;
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
    const processes = [...[...this.#members.values()].map(({ process }) => process), ...this.#leaving];
    return processes.flatMap(({ record }) => (record ? [record] : []));
  }

  statuses(): IstiodStatus[] {
    return [...this.#members.values()].map(({ workload, process }) => ({
      revision: workload.revision,
      namespace: workload.namespace,
      pid: process.record?.pid ?? 0,
      pods: workload.pods.length,
      ...(process.ports ? { ports: process.ports } : {}),
      ...process.health,
    }));
  }

  /** Brings processes, pod statuses and forwards to what these pods ask for. */
  async reconcile(pods: readonly Pod[]): Promise<void> {
    const workloads = new Map(istiodWorkloads(pods).map((workload) => [workload.key, workload]));
    for (const [key, member] of this.#members) if (!workloads.has(key)) void this.#remove(key, member);
    await Promise.all([...workloads.values()].map((workload) => this.#bring(workload)));
  }

  /** Takes back the forwards to processes that no longer are, those of a daemon before this one too. */
  async removeStaleForwards(): Promise<void> {
    const { cluster } = this.#options;
    const isWanted = (name: string) => [...this.#members.keys()].some((key) => portForwardName(key) === name);
    const { items } = await cluster.list(portForwardType, { labelSelector: portForwardLabel });
    for (const object of items) {
      // Asked again for each: a process of that name may have been started meanwhile.
      if (!isWanted(object.metadata.name)) await cluster.delete(objectId(object), object.metadata.uid ?? '');
    }
  }

  /** Faults have changed; returns when the processes that must not run are gone. */
  async recheck(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => this.#suffer(member)));
  }

  async renewTokens(): Promise<void> {
    await Promise.all(
      [...this.#members.values()].map(({ workload, process }) => renewToken(this.#plan(workload, process))),
    );
  }

  async close(): Promise<void> {
    const processes = [...[...this.#members.values()].map(({ process }) => process), ...this.#leaving];
    await Promise.all(processes.map((process) => process.stop()));
  }

  async #bring(workload: IstiodWorkload): Promise<void> {
    const member = this.#members.get(workload.key) ?? this.#add(workload);
    // The first pod stays the process's own name for as long as it runs.
    member.workload = { ...workload, pod: member.workload.pod };
    const { cluster, clock } = this.#options;
    const statuses = workload.pods.map((pod) => istiodPodStatus(pod, member.process.health, clock.now()));
    await Promise.all(
      statuses.map((status) => (status ? cluster.applyStatus(status, { fieldManager }) : Promise.resolve(true))),
    );
    await this.#forwardPorts(member);
  }

  async #forwardPorts(member: Member): Promise<void> {
    const { workload, process } = member;
    if (process.ports === undefined) return;
    const forward = clusterPortForward(workload, process.ports);
    const wanted = JSON.stringify(forward);
    if (member.forward === wanted) return;
    const result = await this.#options.cluster.apply(forward, { fieldManager, dryRun: false, force: true });
    if (result.kind === 'applied') member.forward = wanted;
    else this.#options.reporter.line(`${formatObjectId(objectId(forward))} was not applied: ${result.kind}`);
  }

  #add(workload: IstiodWorkload): Member {
    this.#started += 1;
    const process: IstiodProcess = new IstiodProcess({
      key: workload.key,
      folder: join(this.#options.folder, `${workload.key}.${this.#started}`),
      clock: this.#options.clock,
      prepare: (ports) => planIstiod(this.#plan(workload, process), ports),
      changed: () => this.#say(workload, process),
    });
    const member: Member = { workload, process };
    this.#members.set(workload.key, member);
    void this.#suffer(member);
    process.start();
    return member;
  }

  #suffer({ workload, process }: Member): Promise<void> {
    return process.suffer(this.#options.faultOf(workload.revision)?.failure);
  }

  async #remove(key: string, { process }: Member): Promise<void> {
    this.#members.delete(key);
    this.#leaving.add(process);
    await process.stop();
    this.#leaving.delete(process);
    rmSync(process.folder, { recursive: true, force: true });
    if (process.ports) this.#options.stopped(process.ports);
    this.#options.reporter.line(`istiod ${key}: stopped, its pods are gone`);
    this.#options.changed();
    try {
      await this.removeStaleForwards();
    } catch (error) {
      this.#options.reporter.line(`istiod ${key}: its ClusterPortForward stays behind: ${messageOf(error)}`);
    }
  }

  #plan(workload: IstiodWorkload, process: IstiodProcess): IstiodPlanOptions {
    const { cluster, toolchain, machine, apiServer } = this.#options;
    return { workload, folder: process.folder, cluster, toolchain, machine, apiServer };
  }

  #say(workload: IstiodWorkload, { health, record }: IstiodProcess): void {
    this.#options.reporter.line(
      `istiod ${workload.key}: ${health.ready ? `ready (process ${record?.pid})` : (health.reason ?? 'not ready')}`,
    );
    this.#options.changed();
    if (health.ready) this.#options.ready();
  }
}
