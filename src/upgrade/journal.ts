import { z } from 'zod';
import { type ShapeOf, timeSchema } from '../mesh/read-document.ts';
import type { OpenUpgrade } from '../plan/open-upgrade.ts';
import { openUpgradeShape } from '../plan/open-upgrade-schema.ts';

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

const namespaceSchema: z.ZodType<NamespaceEntry> = z.looseObject({
  state: z.enum(['moving', 'moved', 'moving back', 'moved back']),
  workloads: z.int().nonnegative(),
  skipped: z.array(
    z.looseObject({
      object: z.string(),
      reason: z.string(),
      cure: z.string(),
      holdsOldRevision: z.boolean(),
    } satisfies ShapeOf<Skipped>),
  ),
  labels: z.record(z.string(), z.string().nullable()).exactOptional(),
} satisfies ShapeOf<NamespaceEntry>);

/** Everything that an upgrade goes by, in a form that is known. */
export const journalSchema: z.ZodType<Journal> = z.looseObject({
  ...openUpgradeShape,
  groups: z.record(z.string(), z.record(z.string(), namespaceSchema)),
  acknowledged: z.array(z.string()),
  timeline: z.array(
    z.looseObject({
      at: timeSchema,
      proxies: z.record(z.string(), z.int().nonnegative()),
    } satisfies ShapeOf<ProxySample>),
  ),
} satisfies ShapeOf<Journal>);
