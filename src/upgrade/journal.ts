import { z } from 'zod';
import type { OpenUpgrade } from '../plan/open-upgrade.ts';
import type { StepId } from './steps.ts';

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

/** Something of a namespace that an upgrade leaves to its owner, and what the owner must do. */
export interface Skipped {
  /** As a person reads it: `Pod shop/debug`. */
  object: string;
  reason: string;
  cure: string;
  /** It runs, or would start, with a proxy of the old revision: finish waits for it. */
  holdsOldRevision: boolean;
}

/** One namespace of a group. */
export interface NamespaceEntry {
  state: 'moving' | 'moved' | 'moving back' | 'moved back';
  /** Workloads that roll or have rolled. */
  workloads: number;
  skipped: Skipped[];
  /** Labels that were changed, with their values before; null where there was none. */
  labels?: Record<string, string | null>;
}

/** Why a run stopped. */
export interface UpgradeFailure {
  step: StepId;
  /** Stable name: `WorkloadUnhealthy`. */
  code: string;
  reason: string;
  at: string;
}

/** Number of pods with a proxy, by the revision that injected them, at one moment. */
export interface ProxySample {
  at: string;
  proxies: Record<string, number>;
}

/** All that an upgrade must know to go on from another machine. Written before each effect. */
export interface Journal extends OpenUpgrade {
  direction: 'forward' | 'back';
  steps: StepEntry[];
  /** By group, then by namespace. */
  groups: Record<string, Record<string, NamespaceEntry>>;
  failure?: UpgradeFailure;
  /** Upgrade notes that were acknowledged. */
  acknowledged: string[];
  timeline: ProxySample[];
}

const side = z.looseObject({
  bundle: z.string(),
  istio: z.looseObject({ version: z.string(), revision: z.string() }),
  chunks: z.array(z.string()),
});

const shape = z.looseObject({
  apiVersion: z.literal('istio-delivery/v1'),
  id: z.string().min(1),
  state: z.enum(['open', 'finished', 'rolled back']),
  direction: z.enum(['forward', 'back']),
  since: z.string(),
  old: side,
  new: side,
  promotions: z.array(z.unknown()),
  steps: z
    .array(z.looseObject({ step: z.string(), status: z.enum(['pending', 'running', 'done', 'undoing', 'undone']) }))
    .min(1),
  groups: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        state: z.enum(['moving', 'moved', 'moving back', 'moved back']),
        workloads: z.int(),
        skipped: z.array(z.unknown()),
      }),
    ),
  ),
  timeline: z.array(z.unknown()),
});

/** Whether everything that an upgrade goes by stands in it, in a form that is known. */
export function isJournal(value: unknown): value is Journal {
  return shape.safeParse(value).success;
}
