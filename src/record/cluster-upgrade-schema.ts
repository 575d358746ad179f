import { z } from 'zod';
import type { ShapeOf } from '../mesh/read-document.ts';
import { probeResultSchema } from '../probe/probe-result-schema.ts';
import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';
import { journalSchema } from '../upgrade/journal.ts';
import { type CheckId, checks } from '../upgrade/preflight/checks.ts';
import type { PreflightFinding } from '../upgrade/preflight/preflight.ts';

const checkId: z.ZodType<CheckId> = z.enum(['waivers', ...checks.map(({ id }) => id)]);

const findingSchema: z.ZodType<PreflightFinding> = z.strictObject({
  check: checkId,
  level: z.enum(['fail', 'warn', 'note']),
  object: z.string().exactOptional(),
  reason: z.string(),
  cure: z.string(),
  waived: z.string().exactOptional(),
} satisfies ShapeOf<PreflightFinding>);

/** How a run of an upgrade ended in one cluster, as a record tells it. */
export const clusterUpgradeSchema: z.ZodType<ClusterUpgrade> = z.strictObject({
  cluster: z.string().min(1),
  result: z.enum(['upgraded', 'finished', 'rolled back', 'stopped', 'paused', 'failed', 'refused', 'not started']),
  code: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  interrupted: z.boolean().exactOptional(),
  untouched: z.literal(true).exactOptional(),
  state: z.string(),
  findings: z.array(findingSchema),
  journal: journalSchema.exactOptional(),
  probe: probeResultSchema.exactOptional(),
} satisfies ShapeOf<ClusterUpgrade>);
