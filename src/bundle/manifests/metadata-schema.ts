import { z } from 'zod';

const name = '([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)';
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const keyError =
  'a key of at most 63 letters, digits, dashes, dots and underscores, perhaps with example.com/ before it';
const key = z
  .string()
  .max(317, { error: keyError })
  .regex(new RegExp(`^([A-Za-z0-9][-A-Za-z0-9.]*/)?${name}$`), { error: keyError });

const text = z.string({
  error: ({ input }) => (typeof input === 'number' || typeof input === 'boolean' ? 'text in quotes' : 'text'),
});

const labelError = 'a label value of at most 63 letters, digits, dashes, dots and underscores';

const objectNameError = 'a name of at most 253 lower-case letters, digits, dashes and dots (DNS-1123)';

/** What everybody but RBAC takes as a name: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const objectName = text.max(253, { error: objectNameError }).regex(subdomain, { error: objectNameError });

const pathSegment = text
  .min(1, { error: 'a name' })
  .refine((value) => !/[/%]/.test(value) && value !== '.' && value !== '..', { error: 'a name without / and %' });

const namespaceError = 'a namespace of at most 63 lower-case letters, digits and dashes (DNS-1123)';

function metadataSchema(nameSchema: z.ZodType<string>) {
  return z.strictObject({
    name: nameSchema,
    namespace: text.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: namespaceError }).optional(),
    labels: z
      .record(key, text.regex(new RegExp(`^${name}?$`), { error: labelError }), { error: 'a mapping' })
      .nullish(),
    annotations: z.record(key, text, { error: 'a mapping' }).nullish(),
    finalizers: z.array(key, { error: 'a list' }).optional(),
  });
}

/** Metadata as a manifest may have it. */
export const objectMetadata = metadataSchema(objectName);

/** The same of RBAC's objects: `system:auth-delegator`. */
export const rbacMetadata = metadataSchema(pathSegment);
