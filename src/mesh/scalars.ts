import semver from 'semver';
import { z } from 'zod';

/** Every message here ends the sentence "expected …". */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A name that Kubernetes takes as a label, a namespace or a Service. */
export const nameSchema = z
  .string({ error: 'a name' })
  .regex(label, { error: 'a name of at most 63 lower-case letters, digits and dashes (DNS-1123)' });

/** Names of namespaces that Kubernetes keeps for itself cannot be the mesh's. */
export const namespaceSchema = nameSchema.refine((name) => !name.startsWith('kube-'), {
  error: 'a namespace that is not one of Kubernetes itself (kube-…)',
});

/** A revision or a revision tag: its name and `istiod-revision-tag-` before it fit into a Service's name. */
export const revisionSchema = nameSchema.max(43, { error: 'a name of at most 43 characters' });

/** Exactly one version of Istio. */
export const versionSchema = z
  .string({ error: 'an exact version of Istio, in quotes: "1.31.0"' })
  .refine((version) => semver.valid(version) === version, { error: 'an exact version of Istio: 1.31.0' });

/** A minor version of Istio. */
export const minorVersionSchema = z
  .string({ error: 'a minor version of Istio, in quotes: "1.30"' })
  .regex(/^\d+\.\d+$/, { error: 'a minor version of Istio: "1.30"' });

/** A duration as Istio's mesh configuration takes it. */
export const durationSchema = z
  .string({ error: 'a duration such as 5s, 250ms or 1m30s' })
  .regex(/^(\d+h)?(\d+m)?(\d+(\.\d+)?s)?(\d+ms)?$/, { error: 'a duration such as 5s, 250ms or 1m30s' })
  .min(2, { error: 'a duration such as 5s, 250ms or 1m30s' });

/** A quantity as Kubernetes writes it. */
const quantitySchema = z
  .union([z.string(), z.number()], { error: 'a quantity such as 500m, 2 or 2Gi' })
  .transform(String)
  .pipe(z.string().regex(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/, { error: 'a quantity such as 500m, 2 or 2Gi' }));

const quantitiesSchema = z.strictObject({ cpu: quantitySchema.optional(), memory: quantitySchema.optional() });

/** What a container asks for and may take. */
export const resourcesSchema = z
  .strictObject({ requests: quantitiesSchema.optional(), limits: quantitiesSchema.optional() })
  .meta({ description: 'Resources of the container, as in a pod.' });

/** Values for the charts: whatever they take. */
export const valuesSchema = z.record(z.string(), z.unknown(), { error: 'a mapping' });

/** A whole number of at least `minimum`. */
export function countSchema(minimum: number) {
  const error = `a whole number of at least ${minimum}`;
  return z.int({ error }).min(minimum, { error });
}

/** The two bounds of a HorizontalPodAutoscaler. */
export function replicasSchema(minimum: number) {
  return z
    .strictObject({ min: countSchema(minimum), max: countSchema(1) })
    .refine(({ min, max }) => max >= min, { error: 'a max that is not below min', path: ['max'] })
    .meta({ description: 'Bounds of the HorizontalPodAutoscaler.' });
}
