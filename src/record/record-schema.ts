import { z } from 'zod';
import type { StageReport } from '../apply/promote-cluster.ts';
import type { ClusterOutcome } from '../apply/promote-environment.ts';
import { stages } from '../bundle/bundle.ts';
import { istioSchema } from '../bundle/object-schema.ts';
import { verdictSchema } from '../gate/verdict-schema.ts';
import { type ShapeOf, timeSchema } from '../mesh/read-document.ts';
import { probeResultSchema } from '../probe/probe-result-schema.ts';
import { upgradeCommands } from '../upgrade/cluster-upgrade.ts';
import { clusterUpgradeSchema } from './cluster-upgrade-schema.ts';
import type { DeliveryRecord, Origin } from './record.ts';
import type { UpgradeEnd, UpgradeRecord } from './upgrade-record.ts';

const text = z.string().min(1);
const amount = z.number().nonnegative();

const originSchema: z.ZodType<Origin> = z.strictObject({
  actor: z.string(),
  repository: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  run: z.string().exactOptional(),
} satisfies ShapeOf<Origin>);

const stageSchema: z.ZodType<StageReport> = z.strictObject({
  stage: z.enum([...stages, 'prune']),
  created: amount,
  updated: amount,
  deleted: amount,
  unchanged: amount,
  seconds: amount,
} satisfies ShapeOf<StageReport>);

const ofCluster = { cluster: text, probe: probeResultSchema.exactOptional() };

const outcomeSchema: z.ZodType<ClusterOutcome> = z.discriminatedUnion('result', [
  z.strictObject({
    ...ofCluster,
    result: z.enum(['promoted', 'unchanged']),
    finished: timeSchema,
    stages: z.array(stageSchema),
    during: text.exactOptional(),
  } satisfies ShapeOf<Extract<ClusterOutcome, { result: 'promoted' | 'unchanged' }>>),
  z.strictObject({
    ...ofCluster,
    result: z.literal('failed'),
    code: z.string(),
    kind: z.enum(['failed', 'usage', 'refused', 'interrupted']),
    reason: z.string(),
    finished: timeSchema,
    untouched: z.literal(true).exactOptional(),
  } satisfies ShapeOf<Extract<ClusterOutcome, { result: 'failed' }>>),
  z.strictObject({
    ...ofCluster,
    result: z.literal('not started'),
    reason: z.enum(['interrupted', 'an earlier wave failed']),
  } satisfies ShapeOf<Extract<ClusterOutcome, { result: 'not started' }>>),
]);

const promotionSchema = z.strictObject({
  apiVersion: z.literal('istio-delivery/v1'),
  kind: z.literal('Promotion'),
  mesh: text,
  environment: text,
  istio: istioSchema,
  bundle: text,
  plan: z.string(),
  origin: originSchema,
  started: timeSchema,
  finished: timeSchema,
  verdict: verdictSchema,
  clusters: z.array(outcomeSchema),
  result: z.enum(['promoted', 'unchanged', 'partial', 'failed', 'refused', 'interrupted']),
} satisfies ShapeOf<DeliveryRecord>);

const endSchema: z.ZodType<UpgradeEnd> = z.strictObject({
  bundle: text,
  istio: istioSchema,
} satisfies ShapeOf<UpgradeEnd>);

const upgradeSchema = z.strictObject({
  apiVersion: z.literal('istio-delivery/v1'),
  kind: z.literal('Upgrade'),
  mesh: text,
  environment: text,
  command: z.enum(upgradeCommands),
  from: endSchema.exactOptional(),
  to: endSchema,
  plan: z.string().exactOptional(),
  origin: originSchema,
  started: timeSchema,
  finished: timeSchema,
  verdict: verdictSchema.exactOptional(),
  clusters: z.array(clusterUpgradeSchema),
  result: z.enum(['upgraded', 'finished', 'rolled back', 'stopped', 'paused', 'failed', 'refused', 'interrupted']),
} satisfies ShapeOf<UpgradeRecord>);

/**
 * A record that proves something of an environment. An unknown key is refused: it may be what takes the proof away, as
 * `during` does.
 */
export const recordSchema: z.ZodType<DeliveryRecord | UpgradeRecord> = z.discriminatedUnion('kind', [
  promotionSchema,
  upgradeSchema,
]);
