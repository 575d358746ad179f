import { z } from 'zod';
import { istioSchema, objectIdSchema, objectSchema, stageSchema } from '../bundle/object-schema.ts';
import { probePolicySchema, upgradePolicySchema } from '../bundle/policy-schema.ts';
import type { ShapeOf } from '../mesh/read-document.ts';
import type { FieldChange } from './field-changes.ts';
import { openUpgradeStateSchema } from './open-upgrade-schema.ts';
import type { Change, ClusterPlan, LeftOfObject, Plan, Problem } from './plan.ts';
import type { TakenField } from './shared-values.ts';
import type { UpgradeNote } from './upgrade-notes.ts';

const text = z.string().min(1);
const count = z.int().nonnegative();

const fieldChangeSchema: z.ZodType<FieldChange> = z.union([
  z.strictObject({ path: text, patch: z.array(z.string()) }),
  z.strictObject({ path: text, order: z.strictObject({ before: z.array(z.string()), after: z.array(z.string()) }) }),
  z.strictObject({ path: text, before: z.json().exactOptional(), after: z.json().exactOptional() }),
]);

const conflict = { owner: z.string(), field: z.string() };

const changeSchema: z.ZodType<Change> = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('create'),
    id: objectIdSchema,
    stage: stageSchema,
    after: objectSchema,
    validated: z.boolean(),
  } satisfies ShapeOf<Extract<Change, { action: 'create' }>>),
  z.strictObject({
    action: z.literal('update'),
    id: objectIdSchema,
    stage: stageSchema,
    fields: z.array(fieldChangeSchema),
    taken: z.array(z.strictObject({ ...conflict, reason: z.string().exactOptional() } satisfies ShapeOf<TakenField>)),
  } satisfies ShapeOf<Extract<Change, { action: 'update' }>>),
  z.strictObject({
    action: z.literal('delete'),
    id: objectIdSchema,
    uid: text,
    before: z.record(z.string(), z.unknown()),
    releases: z.string().exactOptional(),
  } satisfies ShapeOf<Extract<Change, { action: 'delete' }>>),
]);

const problemSchema: z.ZodType<Problem> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('conflict'),
    id: objectIdSchema,
    stage: stageSchema,
    conflicts: z.array(z.strictObject(conflict)),
  } satisfies ShapeOf<Extract<Problem, { kind: 'conflict' }>>),
  z.strictObject({
    kind: z.literal('invalid'),
    id: objectIdSchema,
    stage: stageSchema,
    reason: z.string(),
    source: z.string().exactOptional(),
  } satisfies ShapeOf<Extract<Problem, { kind: 'invalid' }>>),
]);

const leftSchema: z.ZodType<LeftOfObject> = z.strictObject({
  id: objectIdSchema,
  path: text,
  owner: z.string(),
  reason: z.string(),
  usual: z.literal(true).exactOptional(),
} satisfies ShapeOf<LeftOfObject>);

const clusterPlanSchema: z.ZodType<ClusterPlan> = z.strictObject({
  cluster: text,
  identity: z.strictObject({ uid: text, server: z.string(), version: z.string() }),
  pinned: z.boolean(),
  promotions: count,
  changes: z.array(changeSchema),
  policy: z.array(fieldChangeSchema),
  problems: z.array(problemSchema),
  warnings: z.array(z.strictObject({ id: objectIdSchema, text: z.string() })),
  unchanged: count,
  runs: z.strictObject({ bundle: text, istio: istioSchema }).exactOptional(),
  left: z.array(leftSchema),
  upgrade: z.boolean(),
  open: openUpgradeStateSchema.exactOptional(),
  digest: text,
} satisfies ShapeOf<ClusterPlan>);

const noteSchema: z.ZodType<UpgradeNote> = z.strictObject({
  id: text,
  title: z.string(),
  text: z.string(),
  source: z.string(),
} satisfies ShapeOf<UpgradeNote>);

/** `plan.json`. An unknown key is refused: the digests are over the fields that are known, and would not cover it. */
export const planSchema: z.ZodType<Plan> = z.strictObject({
  apiVersion: z.literal('istio-delivery/v1'),
  kind: z.literal('Plan'),
  mesh: text,
  environment: text,
  bundle: text,
  istio: istioSchema,
  forceConflicts: z.boolean(),
  upgrade: z
    .strictObject({
      policy: upgradePolicySchema,
      probe: probePolicySchema.exactOptional(),
      notes: z.array(noteSchema),
    } satisfies ShapeOf<Required<Plan>['upgrade']>)
    .exactOptional(),
  clusters: z.array(clusterPlanSchema),
  digest: text,
} satisfies ShapeOf<Plan>);
