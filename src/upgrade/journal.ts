import { z } from 'zod';
import { type OpenUpgrade, openUpgradeShape } from '../plan/open-upgrade.ts';

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

/** Number of pods with a proxy, by the revision that injected them, at one moment. */
export interface ProxySample {
  at: string;
  proxies: Record<string, number>;
}

/** All that an upgrade must know to go on from another machine. Written before each effect. */
export interface Journal extends OpenUpgrade {
  /** By group, then by namespace. */
  groups: Record<string, Record<string, NamespaceEntry>>;
  /** Upgrade notes that were acknowledged. */
  acknowledged: string[];
  timeline: ProxySample[];
}

/** Everything that an upgrade goes by, in a form that is known. */
export const journalShape = openUpgradeShape.extend({
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
