import { z } from 'zod';
import { durationSchema, nameSchema, namespaceSchema, replicasSchema, resourcesSchema } from './scalars.ts';

const portNumberSchema = z
  .int({ error: 'a port from 1 to 65535' })
  .min(1, { error: 'a port from 1 to 65535' })
  .max(65535, { error: 'a port from 1 to 65535' });

const portSchema = z.strictObject({
  name: nameSchema.meta({ description: 'Starts with the protocol: http2, https, tls-istiod.' }),
  port: portNumberSchema,
  targetPort: portNumberSchema.optional().meta({ description: 'Port of the proxy; the same port otherwise.' }),
  protocol: z.enum(['TCP', 'UDP']).default('TCP'),
});

const serviceFields = {
  type: z
    .enum(['LoadBalancer', 'NodePort', 'ClusterIP'])
    .meta({ description: 'LoadBalancer; for an egress gateway ClusterIP.' }),
  annotations: z
    .record(z.string(), z.string({ error: 'text, in quotes' }))
    .meta({ description: 'Annotations of the Service, for the load balancer of the platform.' }),
};

const gatewayFields = {
  replicas: replicasSchema(1),
  resources: resourcesSchema.meta({ description: 'Resources of the proxy.' }),
  terminationDrainDuration: durationSchema.meta({
    description: 'How long the proxy drains when its pod ends. Longer than the load balancer takes to notice.',
  }),
};

/** A gateway of our own template: a Deployment for each revision behind one Service. */
export const gatewaySchema = z.strictObject({
  name: nameSchema
    .max(30, { error: 'a name of at most 30 characters (the revision is added)' })
    .meta({ description: 'Name of the Service and value of the label istio, which Gateway objects select.' }),
  namespace: namespaceSchema.optional().meta({ description: 'namespaces.gateways otherwise.' }),
  class: z.enum(['ingress', 'egress', 'eastwest']),
  replicas: gatewayFields.replicas.default({ min: 2, max: 5 }),
  ports: z
    .array(portSchema)
    .min(1, { error: 'at least one port' })
    .optional()
    .meta({ description: "Ports of the Service; its class's own otherwise." }),
  service: z
    .strictObject({ type: serviceFields.type.optional(), annotations: serviceFields.annotations.default({}) })
    .default({ annotations: {} }),
  resources: gatewayFields.resources.optional(),
  terminationDrainDuration: gatewayFields.terminationDrainDuration.default('20s'),
});

/** What one environment or cluster may have otherwise. */
export const gatewayOverridesSchema = z
  .strictObject({
    ...gatewayFields,
    service: z.strictObject(serviceFields).partial(),
  })
  .partial();

export type GatewayFile = z.output<typeof gatewaySchema>;
export type GatewayPort = z.output<typeof portSchema>;
