import { z } from 'zod';
import { DeliveryError, messageOf } from '../errors.ts';
import { fieldOwnerSchema } from '../mesh/field-owner-schema.ts';
import { healthParts } from '../mesh/health-policy.ts';
import { checkNames } from '../mesh/probe-policy.ts';
import { type BundleManifest, stages } from './bundle.ts';
import { canonicalJson } from './canonical-json.ts';

export const manifestFile = 'bundle.json';

/** What `bundle.json` says: all of the manifest but the digest, which covers the file itself. */
export type ManifestContent = Omit<BundleManifest, 'digest'>;

/** The text of `bundle.json`. */
export function manifestText(content: ManifestContent | BundleManifest): string {
  return `${canonicalJson({ ...content, digest: undefined }, 2)}\n`;
}

/** Reads the text of `bundle.json`; `where` names it in errors. Throws `BundleBroken`. */
export function parseManifest(text: string, where: string): ManifestContent {
  try {
    return manifestContent(JSON.parse(text));
  } catch (cause) {
    throw broken(
      cause instanceof SyntaxError ? `${where} cannot be read: it is no JSON` : `${where} ${messageOf(cause)}`,
      cause,
    );
  }
}

/** A manifest of which every part has its form; throws with what is wrong, which follows a subject. */
export function manifestContent(value: unknown): ManifestContent {
  if ((value as { apiVersion?: unknown } | null)?.apiVersion !== 'istio-delivery/v1') {
    throw new Error('is not of istio-delivery/v1: another version wrote it');
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`is not as render writes it: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** A bundle that is not as it was rendered. */
export function broken(reason: string, cause?: unknown): DeliveryError {
  return new DeliveryError(`${reason}; take the bundle as it was rendered, or render it again`, {
    code: 'BundleBroken',
    ...(cause === undefined ? {} : { cause }),
  });
}

const name = z.string().min(1);
const digest = z.string().regex(/^[0-9a-f]{64}$/, { error: 'a sha256 in hex' });
const number = z.number().nonnegative();

const group = z.strictObject({
  name,
  namespaces: z.array(name),
  tag: name,
  label: z.enum(['managed', 'owner']),
  batch: z.int().positive(),
  soak: number,
});

const upgrade = z.strictObject({
  groups: z.array(group),
  gatewayApiTag: name.exactOptional(),
  soak: number,
  acknowledgeNotes: z.boolean(),
  waivers: z.array(z.strictObject({ check: name, object: name.exactOptional(), reason: z.string() })),
});

const probe = z.strictObject({
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

const environment = z.strictObject({
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

const gateway = z.strictObject({
  name,
  namespace: name,
  class: z.enum(['ingress', 'egress', 'eastwest']),
  ports: z.array(
    z.strictObject({
      name,
      port: z.int(),
      targetPort: z.int().exactOptional(),
      protocol: z.enum(['TCP', 'UDP']),
    }),
  ),
});

const manifestSchema: z.ZodType<ManifestContent> = z.strictObject({
  apiVersion: z.literal('istio-delivery/v1'),
  mesh: name,
  istio: z.strictObject({ version: name, revision: name }),
  namespaces: z.strictObject({ root: name, controlPlane: name }),
  gateways: z.array(gateway),
  images: z.array(z.string()),
  clusters: z.record(name, z.partialRecord(z.enum(stages), digest)),
  environments: z.array(environment),
  upgrade,
  health: z.strictObject({ settle: number }),
  probe: probe.exactOptional(),
  fields: z.array(fieldOwnerSchema).exactOptional(),
});
