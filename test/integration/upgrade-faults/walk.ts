import { expect } from 'vitest';
import { systemClock } from '../../../src/adapters/clock.ts';
import { waitReady } from '../../../src/apply/wait-ready.ts';
import type { Bundle } from '../../../src/bundle/bundle.ts';
import type { Fault } from '../../../src/local/fault.ts';
import type { StepId } from '../../../src/plan/upgrade-steps.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { type KubernetesObject, type ObjectId, objectId } from '../../../src/ports/objects.ts';
import type { ClusterUpgrade } from '../../../src/upgrade/cluster-upgrade.ts';
import { deliverTo } from '../../support/delivery.ts';
import type { Embedded } from '../../support/embedded.ts';
import { meshByStep } from '../../support/mesh-by-step.ts';
import { meshSnapshot } from '../../support/mesh-snapshot.ts';
import {
  applyAsTeam,
  type RunOptions,
  renderBoth,
  revisions,
  smallMesh,
  teamDeployment,
  upgradeTo,
} from '../../support/upgrade.ts';

/** How a run is to be stopped. */
export interface Stop {
  code: string;
  /** The cause, in the words of the verdict. */
  reason: RegExp;
  result?: ClusterUpgrade['result'];
}

/** One upgrade that goes through a cluster step by step, with faults in its way. */
export interface Walk {
  embedded: Embedded;
  cluster: Cluster;
  /** The bundle that the cluster runs. */
  old: Bundle;
  /** The mesh as it was. */
  first: Record<string, unknown>;
  /** In place of those before; none cures all. What one test leaves, the next one replaces: pods that have become ready stay so. */
  faults(...faults: Fault[]): Promise<void>;
  /** Starts or resumes the upgrade, as far as the end of this step. */
  go(step: StepId, options?: RunOptions): Promise<ClusterUpgrade>;
  /** The run stops at this step for that reason, its journal says so, and what belongs to later steps is as it was. */
  stops(step: StepId, stop: Stop, options?: RunOptions): Promise<void>;
  /** What belongs to the step itself is as it was before the upgrade. */
  untouched(step: StepId): Promise<void>;
  /** Everything is cured: the run gets to the end of this step. */
  passes(step: StepId, options?: RunOptions): Promise<void>;
  run: ReturnType<typeof upgradeTo>['run'];
}

/** Milliseconds that a run which is to fail waits for anything. */
const short = 4_000;

/** A mesh with six workloads on two nodes, `payments/api` on node-1 alone, ready to be upgraded. */
export async function beginWalk(embedded: Embedded): Promise<Walk> {
  const bundles = await renderBoth(embedded, { group: () => 'batch: 2' });
  const cluster = embedded.cluster('dev');
  expect((await deliverTo(cluster, 'dev').promote(bundles.old)).outcome).toMatchObject({ result: 'promoted' });
  const workloads = Object.values(smallMesh)
    .flat()
    .flatMap((namespace) => [teamDeployment(namespace, 'web'), pinned(teamDeployment(namespace, 'api'))]);
  const signal = new AbortController().signal;
  await waitReady(cluster, await applyAsTeam(cluster, workloads), { timeout: 60_000, clock: systemClock, signal });
  const upgrade = upgradeTo(embedded, bundles.new);
  const plan = await upgrade.plan();
  const before = await meshByStep(cluster, smallMesh);

  const walk: Walk = {
    embedded,
    cluster,
    old: bundles.old,
    first: await meshSnapshot(cluster),
    faults: (...faults) => embedded.faults('dev', ...faults),
    run: upgrade.run.bind(upgrade),

    async go(step, options) {
      const { journal } = await upgrade.run('status');
      return upgrade.run(journal?.state === 'open' ? 'resume' : 'start', { until: step, plan, ...options });
    },

    async stops(step, { code, reason, result = 'failed' }, options) {
      const outcome = await walk.go(step, { timeout: short, ...options });
      expect(outcome).toMatchObject({ result, code, reason: expect.stringMatching(reason) });
      expect(outcome.journal?.failure).toMatchObject({ step, code, reason: expect.stringMatching(reason) });
      expect(await later(step)).toEqual(await laterThan(step, before));
    },

    async untouched(step) {
      expect((await meshByStep(cluster, smallMesh)).get(step)).toEqual(before.get(step));
    },

    async passes(step, options) {
      await walk.faults();
      const outcome = await walk.go(step, options);
      expect(outcome).not.toHaveProperty('reason');
      expect(outcome.journal?.steps.find((entry) => entry.step === step)).toMatchObject({ status: 'done' });
      expect(outcome.journal).not.toHaveProperty('failure');
      expect(await later(step)).toEqual(await laterThan(step, before));
    },
  };
  return walk;

  async function later(step: StepId) {
    return laterThan(step, await meshByStep(cluster, smallMesh));
  }
}

async function laterThan(step: StepId, mesh: Map<StepId, unknown>) {
  const steps = [...mesh.keys()];
  return steps.slice(steps.indexOf(step) + 1).map((each) => [each, mesh.get(each)]);
}

function pinned(deployment: KubernetesObject): KubernetesObject {
  if (deployment.metadata.namespace !== 'payments') return deployment;
  const { template } = deployment.spec as { template: { spec: { nodeSelector?: object } } };
  template.spec.nodeSelector = { 'kubernetes.io/hostname': 'node-1' };
  return deployment;
}

/** A controller that could not create pods waits longer and longer; a change has it try again at once. */
export async function tryAgain(cluster: Cluster, namespace: string): Promise<void> {
  const { items } = await cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, { namespace });
  await Promise.all(
    items.map((set) => annotate(cluster, objectId(set), { 'example.com/poke': new Date().toISOString() })),
  );
}

/** Writes to an object something that nobody goes by. */
export async function annotate(
  cluster: Cluster,
  { apiVersion, kind, ...metadata }: ObjectId,
  annotations: Record<string, string>,
): Promise<void> {
  await cluster.apply(
    { apiVersion, kind, metadata: { ...metadata, annotations } },
    { fieldManager: 'somebody else', dryRun: false, force: true },
  );
}

/** Whether a pod of the new revision is there: one that could not be created is tried again after some seconds. */
export async function hasPods(cluster: Cluster, namespace: string, name: string): Promise<boolean> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: `app=${name}` });
  return items.some(({ metadata }) => metadata.annotations?.['istio.io/rev'] === revisions.new);
}
