import { z } from 'zod';
import { durationSchema, nameSchema, replicasSchema, resourcesSchema } from './scalars.ts';

const labelKeySchema = z
  .string({ error: 'the key of a label' })
  .regex(/^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[a-z0-9]([\w.-]{0,61}[a-z0-9])?$/i, {
    error: 'the key of a label: istio.io/rev',
  });
const labelValueSchema = z
  .string({ error: 'the value of a label, as text' })
  .regex(/^([a-z0-9]([\w.-]{0,61}[a-z0-9])?)?$/i, {
    error: 'the value of a label, of at most 63 letters, digits, dashes, dots and underscores',
  });

const needsValues = new Set(['In', 'NotIn']);

/** istiod looks at every namespace when it cannot read one of them. */
const labelSelectorSchema = z.strictObject({
  matchLabels: z.record(labelKeySchema, labelValueSchema).optional(),
  matchExpressions: z
    .array(
      z
        .strictObject({
          key: labelKeySchema,
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: z.array(labelValueSchema).optional(),
        })
        .refine(({ operator, values = [] }) => !needsValues.has(operator) || values.length > 0, {
          error: 'at least one value for In and NotIn',
          path: ['values'],
        })
        .refine(({ operator, values = [] }) => needsValues.has(operator) || values.length === 0, {
          error: 'no values for Exists and DoesNotExist',
          path: ['values'],
        }),
    )
    .optional(),
});

const tracingSchema = z.strictObject({
  service: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, {
      error:
        'a host, without scheme or port: otel-collector.observability.svc.cluster.local (its port is tracing.port)',
    })
    .meta({ description: 'Host of the OpenTelemetry collector, as proxies reach it.' }),
  port: z.int().min(1).max(65535).default(4317).meta({ description: 'Its OTLP/gRPC port.' }),
  sampling: z
    .number()
    .min(0, { error: 'a percentage from 0 to 100' })
    .max(100, { error: 'a percentage from 0 to 100' })
    .default(1)
    .meta({ description: 'Percentage of requests that are traced.' }),
});

/** What one environment or cluster may have otherwise. */
export const controlPlaneFields = {
  replicas: replicasSchema(2),
  resources: resourcesSchema.meta({ description: 'Resources of istiod.' }),
  proxyResources: resourcesSchema.meta({ description: 'Resources of every sidecar that asks for nothing else.' }),
  accessLog: z
    .enum(['json', 'text', 'none'])
    .meta({ description: 'Access log of every proxy to its standard output. A Telemetry of the mesh replaces it.' }),
  tracing: tracingSchema.meta({
    description: 'Sends traces to an OpenTelemetry collector. Off where it is not given.',
  }),
  dnsCapture: z.boolean().meta({ description: 'Proxies answer the DNS questions of their pods.' }),
  outboundTrafficPolicy: z
    .enum(['ALLOW_ANY', 'REGISTRY_ONLY'])
    .meta({ description: 'What a proxy does with traffic to hosts that the mesh does not know.' }),
  network: nameSchema.meta({ description: 'Network of the cluster, in a mesh of several networks.' }),
  clusterName: nameSchema.meta({
    description: "Name of the cluster in the mesh; the cluster's name in this file otherwise.",
  }),
  discoverySelectors: z
    .array(labelSelectorSchema)
    .min(1, { error: 'at least one selector, or no discoverySelectors' })
    .meta({
      description:
        "Namespaces that istiod looks at. Those of the mesh itself are always among them; those of groups must be, by their name or their group's tag.",
    }),
  protocolDetectionTimeout: durationSchema.meta({
    description: 'How long a proxy waits to tell the protocol of a port that does not say it.',
  }),
  drainDuration: durationSchema.meta({ description: 'How long a proxy drains the connections of a changed listener.' }),
  terminationDrainDuration: durationSchema.meta({ description: 'How long a sidecar drains when its pod ends.' }),
};

/** istiod and what every proxy gets from it. */
export const controlPlaneSchema = z.strictObject({
  ...controlPlaneFields,
  replicas: controlPlaneFields.replicas.default({ min: 2, max: 5 }),
  resources: controlPlaneFields.resources.optional(),
  proxyResources: controlPlaneFields.proxyResources.optional(),
  accessLog: controlPlaneFields.accessLog.default('json'),
  tracing: controlPlaneFields.tracing.optional(),
  dnsCapture: controlPlaneFields.dnsCapture.default(false),
  outboundTrafficPolicy: controlPlaneFields.outboundTrafficPolicy.default('ALLOW_ANY'),
  network: controlPlaneFields.network.optional(),
  clusterName: controlPlaneFields.clusterName.optional(),
  discoverySelectors: controlPlaneFields.discoverySelectors.optional(),
  protocolDetectionTimeout: controlPlaneFields.protocolDetectionTimeout.optional(),
  drainDuration: controlPlaneFields.drainDuration.optional(),
  terminationDrainDuration: controlPlaneFields.terminationDrainDuration.optional(),
  trustDomain: z
    .string({ error: 'a domain name' })
    .min(1, { error: 'a domain name' })
    .default('cluster.local')
    .meta({ description: 'Trust domain of every identity in the mesh. The same in every environment.' }),
  meshID: nameSchema.optional().meta({ description: 'Identity of the mesh among meshes. The trust domain otherwise.' }),
});

/** The same fields without defaults, for an environment or a cluster. */
export const controlPlaneOverridesSchema = z.strictObject(controlPlaneFields).partial();

export type ControlPlane = z.output<typeof controlPlaneSchema>;
