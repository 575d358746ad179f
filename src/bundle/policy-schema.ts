import { z } from 'zod';
import type { Environment } from '../mesh/environment.ts';
import { fieldOwnerSchema } from '../mesh/field-owner-schema.ts';
import { healthParts } from '../mesh/health-policy.ts';
import { checkNames, type ProbePolicy } from '../mesh/probe-policy.ts';
import type { ShapeOf } from '../mesh/read-document.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { BundlePolicy } from './policy.ts';

const name = z.string().min(1);
const number = z.number().nonnegative();

const groupSchema = z.strictObject({
  name,
  namespaces: z.array(name),
  tag: name,
  label: z.enum(['managed', 'owner']),
  batch: z.int().positive(),
  soak: number,
});

export const upgradePolicySchema: z.ZodType<UpgradePolicy> = z.strictObject({
  groups: z.array(groupSchema),
  gatewayApiTag: name.exactOptional(),
  soak: number,
  acknowledgeNotes: z.boolean(),
  waivers: z.array(z.strictObject({ check: name, object: name.exactOptional(), reason: z.string() })),
});

export const probePolicySchema: z.ZodType<ProbePolicy> = z.strictObject({
  targets: z.array(
    z.strictObject({
      name,
      url: z.string(),
      method: z.string(),
      headers: z.record(z.string(), z.string()),
      rate: number,
    }),
  ),
  thresholds: z.strictObject({
    success: number,
    p99: number.exactOptional(),
    slowdown: number.exactOptional(),
    minimum: number,
  }),
  load: z.strictObject({
    image: z.string(),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
    namespace: name.exactOptional(),
  }),
  baseline: number,
  settle: number,
  checks: z.array(z.enum(checkNames)),
  prometheus: z
    .strictObject({
      url: z.string(),
      queries: z.array(
        z.strictObject({
          name,
          query: z.string(),
          min: z.number().exactOptional(),
          max: z.number().exactOptional(),
        }),
      ),
    })
    .exactOptional(),
});

const environmentSchema: z.ZodType<Environment> = z.strictObject({
  name,
  after: z.array(name),
  clusters: z.array(z.strictObject({ name, context: z.string(), identity: z.string().exactOptional() })).min(1),
  waves: z.array(z.array(name)),
  gate: z.strictObject({
    approval: z.boolean(),
    identity: z.enum(['required', 'optional']),
    needs: z.array(z.enum(healthParts)),
  }),
});

/** What a bundle decides beside its objects, field by field. */
export const policyShape = {
  environments: z.array(environmentSchema),
  namespaces: z.strictObject({ root: name, controlPlane: name }),
  upgrade: upgradePolicySchema,
  health: z.strictObject({ settle: number }),
  probe: probePolicySchema.exactOptional(),
  fields: z.array(fieldOwnerSchema).exactOptional(),
} satisfies ShapeOf<BundlePolicy>;

export const policySchema: z.ZodType<BundlePolicy> = z.strictObject(policyShape);
