import { z } from 'zod';
import { stages } from '../bundle/bundle.ts';
import { istioSchema } from '../bundle/object-schema.ts';
import { type ShapeOf, timeSchema } from '../mesh/read-document.ts';
import type { Amended } from './cluster-state.ts';
import type { OpenUpgrade, StepEntry, UpgradeFailure, UpgradeSide } from './open-upgrade.ts';
import { type OpenCommand, type Outlook, openCommands } from './open-upgrade-commands.ts';
import type { OpenUpgradeState } from './open-upgrade-state.ts';
import { fixedSteps, type StepId } from './upgrade-steps.ts';

const text = z.string().min(1);

const stepSchema: z.ZodType<StepId> = z.union([z.enum(fixedSteps), z.templateLiteral(['group:', z.string()])], {
  error: 'a step of an upgrade',
});

const statusSchema = z.enum(['pending', 'running', 'done', 'undoing', 'undone']);
const directionSchema = z.enum(['forward', 'back']);

/** Whoever writes a journal again keeps the keys that it does not know: a later version of this program may have written them. */
const failureSchema: z.ZodType<UpgradeFailure> = z.looseObject({
  step: stepSchema,
  code: z.string(),
  reason: z.string(),
  at: timeSchema,
} satisfies ShapeOf<UpgradeFailure>);

export const amendedSchema: z.ZodType<Amended> = z.looseObject({
  rendered: text,
  config: text,
} satisfies ShapeOf<Amended>);

const sideSchema: z.ZodType<UpgradeSide> = z.looseObject({
  bundle: text,
  istio: istioSchema,
  chunks: z.array(text),
  stages: z.partialRecord(z.enum(stages), z.string()),
  amended: amendedSchema.exactOptional(),
} satisfies ShapeOf<UpgradeSide>);

/** What every journal has, field by field. */
export const openUpgradeShape = {
  apiVersion: z.literal('istio-delivery/v1'),
  id: text,
  mesh: z.string(),
  environment: z.string(),
  plan: z.string(),
  state: z.enum(['open', 'finished', 'rolled back']),
  old: sideSchema,
  new: sideSchema,
  since: timeSchema,
  promotions: z.array(z.looseObject({ bundle: text, plan: z.string(), at: timeSchema })),
  direction: directionSchema,
  steps: z
    .array(
      z.looseObject({
        step: stepSchema,
        status: statusSchema,
        started: timeSchema.exactOptional(),
        finished: timeSchema.exactOptional(),
        soakUntil: timeSchema.exactOptional(),
      } satisfies ShapeOf<StepEntry>),
    )
    .min(1, { error: 'the steps of an upgrade' }),
  failure: failureSchema.exactOptional(),
} satisfies ShapeOf<OpenUpgrade>;

const outlookSchema: z.ZodType<Outlook> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('runs'), does: z.string() }),
  z.strictObject({ kind: z.literal('refused'), code: z.string(), reason: z.string(), remedy: z.string() }),
]);

const endSchema = z.strictObject({ bundle: text, istio: istioSchema });

/** An open upgrade as a plan tells of it. */
export const openUpgradeStateSchema: z.ZodType<OpenUpgradeState> = z.strictObject({
  id: text,
  since: timeSchema,
  plan: z.string(),
  from: endSchema,
  to: endSchema,
  direction: directionSchema,
  role: z.enum(['target', 'source', 'neither']),
  steps: z.array(z.strictObject({ step: stepSchema, status: statusSchema })),
  step: stepSchema.exactOptional(),
  failure: failureSchema.exactOptional(),
  promotions: z.array(z.string()),
  commands: z.record(z.enum(openCommands), outlookSchema) satisfies z.ZodType<Record<OpenCommand, Outlook>>,
} satisfies ShapeOf<OpenUpgradeState>);
