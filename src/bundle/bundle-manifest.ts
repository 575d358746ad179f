import { z } from 'zod';
import { DeliveryError, messageOf } from '../errors.ts';
import { checkDocument } from '../mesh/read-document.ts';
import { type BundleManifest, stages } from './bundle.ts';
import { canonicalJson } from './canonical-json.ts';
import { policyShape } from './policy-schema.ts';

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
  const read = checkDocument(value, manifestSchema);
  if (read.kind === 'read') return read.value;
  throw new Error(`is not as render writes it: ${read.reason}`);
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
  gateways: z.array(gateway),
  images: z.array(z.string()),
  clusters: z.record(name, z.partialRecord(z.enum(stages), digest)),
  ...policyShape,
});
