import { z } from 'zod';
import { parseFieldPath } from './field-path.ts';

const pathExample = '.spec.http[*].route[*].weight, .metadata.annotations["x/y"] or .spec.subsets[canary].labels';

const globSchema = z
  .string({ error: 'a name, with * for any text' })
  .regex(/^[a-z0-9.:*-]+$/, { error: 'a name of lower-case letters, digits, dots and dashes, with * for any text' });

/** A field of rendered objects that somebody else writes. */
export const fieldOwnerSchema = z.strictObject({
  kind: z
    .string({ error: 'a kind such as VirtualService' })
    .regex(/^[A-Z][A-Za-z0-9]*$/, { error: 'a kind such as VirtualService' }),
  name: globSchema.default('*').meta({ description: 'Name of the objects; * stands for any text.' }),
  namespace: globSchema.default('*').meta({ description: 'Namespace of the objects; * stands for any text.' }),
  apiGroup: z
    .string({ error: 'an API group such as networking.istio.io' })
    .regex(/^[a-z0-9.-]*$/, { error: 'an API group without a version: networking.istio.io' })
    .optional()
    .meta({ description: 'API group of the kind, without a version; any where it is left out.' }),
  path: z
    .string({ error: `the path of a field: ${pathExample}` })
    .refine((path) => parseFieldPath(path) !== undefined, { error: `the path of a field: ${pathExample}` })
    .meta({
      description:
        'The field as plans write it: .spec.replicas, .spec.http[*].route[*].weight, .metadata.annotations["x/y"], [name] for an item of a list.',
    }),
  owner: z
    .string({ error: 'the name of a field manager' })
    .regex(/^[\x21-\x7e]{1,128}$/, { error: 'the name of a field manager, as managedFields have it' })
    .meta({ description: 'The field manager that writes it, as metadata.managedFields of the live object names it.' }),
  reason: z.string({ error: 'a reason' }).min(10, { error: 'a reason of at least 10 characters' }),
});

export type FieldOwner = z.output<typeof fieldOwnerSchema>;
