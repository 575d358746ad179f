import { z } from 'zod';
import { checkNames } from './probe-policy.ts';
import { countSchema, durationSchema, nameSchema, namespaceSchema } from './scalars.ts';

/** Holds vegeta 12.8.4 and a shell; its tags are never moved: https://github.com/peter-evans/vegeta-docker */
const defaultLoadImage = 'docker.io/peterevans/vegeta:6.9.1';

const oneLine = /^[^\r\n]*$/;

const httpUrl = 'an address of http or https without credentials: http://shop.example/health';

const httpUrlSchema = z.string({ error: httpUrl }).refine(isHttpUrl, { error: httpUrl });

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text) || /\s/.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

const targetSchema = z.strictObject({
  name: nameSchema.meta({ description: 'Unique in this file.' }),
  url: httpUrlSchema.meta({ description: 'What is asked, as a pod of the cluster outside the mesh reaches it.' }),
  method: z
    .string({ error: 'a method of HTTP: GET' })
    .regex(/^[A-Z]+$/, { error: 'a method of HTTP in capitals: GET' })
    .default('GET'),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: 'the name of a header: x-probe' }),
      z.string({ error: 'text, in quotes' }).regex(oneLine, { error: 'text of one line' }),
    )
    .default({}),
  rate: countSchema(1)
    .max(1000, { error: 'at most 1000 requests a second' })
    .default(10)
    .meta({ description: 'Requests a second.' }),
});

const thresholdsSchema = z.strictObject({
  success: z
    .number({ error: 'a percentage above 0 and up to 100' })
    .gt(0, { error: 'a percentage above 0 and up to 100' })
    .max(100, { error: 'a percentage above 0 and up to 100' })
    .default(100)
    .meta({ description: 'Percentage of requests that must be answered with a status from 200 to 399.' }),
  p99: durationSchema.optional().meta({ description: 'What the 99th percentile may take.' }),
  slowdown: z
    .number({ error: 'a number above 1' })
    .gt(1, { error: 'a number above 1' })
    .optional()
    .meta({ description: 'How many times the 99th percentile of before the change may be taken.' }),
  minimum: countSchema(1)
    .default(50)
    .meta({ description: 'Number of requests below which nothing is said about a target.' }),
});

const loadSchema = z.strictObject({
  image: z
    .string({ error: 'an image with a tag' })
    .regex(/^[a-z0-9][a-zA-Z0-9.:/_-]*(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/, {
      error: 'an image with a tag or a digest: registry.example/vegeta:6.9.1',
    })
    .refine((image) => !/:latest$/.test(image), { error: 'an image with a tag that stays what it is' })
    .default(defaultLoadImage)
    .meta({ description: 'Image that holds vegeta and a shell.' }),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
  namespace: namespaceSchema
    .optional()
    .meta({ description: 'Where the requests come from; namespaces.controlPlane otherwise.' }),
});

const serviceUrl = /^service:\/\/[a-z0-9-]+\/[a-z0-9-]+:[a-z0-9-]+(\/.*)?$/;
const prometheusUrl = 'an address of http or https, or service://namespace/name:port';

const prometheusSchema = z.strictObject({
  url: z
    .string({ error: prometheusUrl })
    .refine((url) => serviceUrl.test(url) || isHttpUrl(url), { error: prometheusUrl })
    .meta({
      description:
        "Prometheus, as the machine that runs this reaches it, or service://namespace/name:port, through the cluster's API server.",
    }),
  queries: z
    .array(
      z.strictObject({
        name: nameSchema.meta({ description: 'Unique in this file.' }),
        query: z.string({ error: 'a query' }).min(1, { error: 'a query' }),
        min: z.number({ error: 'a number' }).optional(),
        max: z.number({ error: 'a number' }).optional(),
      }),
    )
    .min(1, { error: 'at least one query' })
    .meta({ description: 'Questions, asked at the end of each phase; every element of an answer lies within bounds.' }),
});

/** How the mesh is asked whether its traffic is well while something changes. */
export const probeSchema = z.strictObject({
  targets: z.array(targetSchema).min(1, { error: 'at least one target' }),
  thresholds: thresholdsSchema.prefault({}).meta({ description: 'What is still good enough.' }),
  load: loadSchema.prefault({}).meta({ description: 'How the load generator runs.' }),
  baseline: durationSchema
    .default('30s')
    .meta({ description: 'How long is measured before a change, to compare with.' }),
  settle: durationSchema.default('10s').meta({ description: 'How long is measured after a step before it is judged.' }),
  checks: z
    .array(z.enum(checkNames, { error: 'a check' }))
    .default([...checkNames])
    .meta({
      description: `What is looked at beside the requests: ${checkNames.join(', ')}. An empty list leaves all of it out.`,
    }),
  prometheus: prometheusSchema.optional().meta({ description: 'What Prometheus is asked beside that.' }),
});

export type ProbeFile = z.output<typeof probeSchema>;
