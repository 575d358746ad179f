import { z } from 'zod';
import type { StageDigests } from '../bundle/bundle.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Amended } from './cluster-state.ts';
import { openUpgradeShape } from './open-upgrade-schema.ts';
import { readSignedState, readState, type StateForm } from './read-state.ts';
import type { StepId } from './upgrade-steps.ts';

/** One of the two bundles of an upgrade. */
export interface UpgradeSide {
  /** Digest of the whole bundle. */
  bundle: string;
  istio: { version: string; revision: string };
  /** Names of the ConfigMaps that hold the cluster's part of it, gzipped, in order. */
  chunks: string[];
  /** Digests of the cluster's stages. */
  stages: StageDigests;
  /** Where other configuration was promoted since. */
  amended?: Amended;
}

/** How far a step is. */
export interface StepEntry {
  step: StepId;
  status: 'pending' | 'running' | 'done' | 'undoing' | 'undone';
  /** ISO 8601. */
  started?: string;
  finished?: string;
  /** Until when the mesh is left alone after it; ISO 8601. */
  soakUntil?: string;
}

/** Why a run stopped. */
export interface UpgradeFailure {
  step: StepId;
  /** Stable name: `WorkloadUnhealthy`. */
  code: string;
  reason: string;
  at: string;
}

/** What the journal of an upgrade tells those who do not take part in it. */
export interface OpenUpgrade {
  apiVersion: 'istio-delivery/v1';
  /** Unique among the upgrades of a cluster; what moved workloads carry. */
  id: string;
  mesh: string;
  environment: string;
  /** Digest of the plan that was approved. */
  plan: string;
  /** `open` is the logical lock of the mesh: until it is over, nothing but configuration is promoted. */
  state: 'open' | 'finished' | 'rolled back';
  old: UpgradeSide;
  new: UpgradeSide;
  /** When it began; ISO 8601. */
  since: string;
  /** Configuration that was promoted to both sides meanwhile. */
  promotions: { bundle: string; plan: string; at: string }[];
  direction: 'forward' | 'back';
  steps: StepEntry[];
  failure?: UpgradeFailure;
}

export const upgradeJournalName = 'istio-delivery-upgrade';

function openUpgradeForm(namespace: string): StateForm {
  return { namespace, name: upgradeJournalName, key: 'journal', shape: z.looseObject(openUpgradeShape) };
}

/** The upgrade that is on its way in the cluster; undefined where there is none. */
export async function readOpenUpgrade(cluster: Cluster, namespace: string): Promise<OpenUpgrade | undefined> {
  const upgrade = await readState<OpenUpgrade>(cluster, openUpgradeForm(namespace));
  return upgrade?.state === 'open' ? upgrade : undefined;
}

/** The same, as the cluster has signed it; `StateForged` where it has not. */
export async function readSignedUpgrade(cluster: Cluster, namespace: string): Promise<OpenUpgrade | undefined> {
  const upgrade = await readSignedState<OpenUpgrade>(cluster, openUpgradeForm(namespace));
  return upgrade?.state === 'open' ? upgrade : undefined;
}
