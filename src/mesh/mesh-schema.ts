import { z } from 'zod';
import { controlPlaneOverridesSchema, controlPlaneSchema } from './control-plane-schema.ts';
import { fieldOwnerSchema } from './field-owner-schema.ts';
import { gatewayOverridesSchema, gatewaySchema } from './gateway-schema.ts';
import { healthParts } from './health-policy.ts';
import { probeSchema } from './probe-schema.ts';
import {
  countSchema,
  durationSchema,
  minorVersionSchema,
  nameSchema,
  namespaceSchema,
  revisionSchema,
  valuesSchema,
  versionSchema,
} from './scalars.ts';

const istioSchema = z.strictObject({
  version: versionSchema.meta({ description: 'Exactly the version that runs: 1.31.0.' }),
  revision: revisionSchema.optional().meta({ description: 'Name of the revision; the version with dashes otherwise.' }),
  installer: z
    .literal('istioctl', { error: '"istioctl", the one installer there is' })
    .default('istioctl')
    .meta({ description: 'What renders the control plane: istioctl manifest generate of exactly that version.' }),
  hub: z
    .string({ error: 'a registry and its path' })
    .regex(/^[a-z0-9][a-z0-9._-]*(:[0-9]+)?(\/[a-z0-9][a-z0-9._-]*)*$/, {
      error: 'a registry and its path, without scheme, tag or digest: docker.io/istio',
    })
    .default('docker.io/istio')
    .meta({ description: 'Where the images come from.' }),
  profile: z
    .enum(['default', 'stable', 'preview'])
    .default('default')
    .meta({ description: "Istio's installation profile." }),
  compatibilityVersion: minorVersionSchema
    .optional()
    .meta({ description: 'Behave as this older minor version: 1.30.' }),
  values: valuesSchema.default({}).meta({ description: "Anything else that Istio's charts take." }),
});

const namespacesSchema = z.strictObject({
  root: namespaceSchema
    .default('istio-config')
    .meta({ description: 'Configuration for the whole mesh (rootNamespace).' }),
  controlPlane: namespaceSchema.default('istio-system').meta({ description: 'istiod.' }),
  gateways: namespaceSchema.default('istio-gateways').meta({ description: 'Gateways that name no other.' }),
});

const groupSchema = z.strictObject({
  name: nameSchema,
  namespaces: z
    .strictObject({ names: z.array(namespaceSchema).min(1, { error: 'at least one namespace' }) })
    .meta({ description: 'The application namespaces of the group.' }),
  tag: revisionSchema.meta({
    description: 'The revision tag that the namespaces carry for good: istio.io/rev: <tag>.',
  }),
  label: z
    .enum(['managed', 'owner'])
    .default('managed')
    .meta({ description: "managed: the namespaces' label is set by the bundle. owner: by those who own them." }),
  batch: countSchema(1).default(1).meta({ description: 'Number of workloads that an upgrade rolls at the same time.' }),
  soak: durationSchema
    .default('0s')
    .meta({ description: 'How long an upgrade waits after the group, and looks at it.' }),
});

const upgradeSchema = z.strictObject({
  soak: durationSchema
    .default('0s')
    .meta({ description: 'How long the whole mesh runs on the new revision before the old one may be retired.' }),
  acknowledgeNotes: z
    .boolean()
    .default(false)
    .meta({ description: 'Every upgrade note between the two versions must be acknowledged by its id.' }),
  waivers: z
    .array(
      z.strictObject({
        check: nameSchema.meta({ description: 'Id of a preflight check: rollout-floor.' }),
        object: z
          .string()
          .min(1)
          .optional()
          .meta({ description: 'Only for this object, as the check names it: Deployment shop/storefront.' }),
        reason: z.string({ error: 'a reason' }).min(10, { error: 'a reason of at least 10 characters' }),
      }),
    )
    .default([])
    .meta({ description: 'Preflight checks that shall not stop an upgrade, with reasons, which are recorded.' }),
});

const gatewayApiSchema = z.strictObject({
  tag: revisionSchema.meta({
    description:
      'The revision tag that Gateways of the Gateway API carry. They roll when it moves, so it is theirs alone.',
  }),
});

const configSchema = z.strictObject({
  owner: z.enum(['root', 'gateways', 'services']).meta({ description: 'Who writes it, and so what may stand in it.' }),
  path: z.string().min(1).meta({ description: 'Directory of manifests, relative to this file.' }),
  namespaces: z
    .array(namespaceSchema)
    .min(1, { error: 'at least one namespace' })
    .optional()
    .meta({ description: 'The namespaces that its objects may be in, for services. Those of the groups otherwise.' }),
});

const overridesSchema = z
  .strictObject({
    controlPlane: controlPlaneOverridesSchema.optional(),
    gateways: z.record(z.string(), gatewayOverridesSchema).optional().meta({ description: 'By name of the gateway.' }),
    values: valuesSchema.optional(),
  })
  .meta({ description: 'What is otherwise here. Never version, revision, installer, meshID or trustDomain.' });

const clusterSchema = z.strictObject({
  name: nameSchema.meta({ description: 'Unique in this file.' }),
  context: z.string().min(1).optional().meta({ description: 'Context in the kubeconfig; the name otherwise.' }),
  identity: z
    .uuid({ error: 'the UID of the namespace kube-system' })
    .optional()
    .meta({ description: 'UID of the namespace kube-system of the cluster that is meant.' }),
  overrides: overridesSchema.optional(),
});

const gateSchema = z.strictObject({
  approval: z.boolean().default(false).meta({ description: "The plan's digest must be approved." }),
  identity: z
    .enum(['required', 'optional'])
    .default('optional')
    .meta({ description: 'Whether the mesh file must name the identity of every cluster of the environment.' }),
  needs: z
    .array(z.enum(healthParts, { error: `one of ${healthParts.join(', ')}` }))
    .default([...healthParts])
    .meta({
      description: `What must be known of the health of the environments and waves before: ${healthParts.join(', ')}. What is known to be unhealthy stops a promotion whatever stands here.`,
    }),
});

const healthSchema = z.strictObject({
  settle: durationSchema
    .default('60s')
    .meta({ description: 'How long a proxy may be out of sync with its istiod before it counts as unhealthy.' }),
});

const environmentSchema = z.strictObject({
  after: z
    .array(nameSchema)
    .default([])
    .meta({ description: 'Environments that run the very bundle before this one does.' }),
  clusters: z.array(clusterSchema).min(1, { error: 'at least one cluster' }),
  waves: z
    .array(z.array(nameSchema).min(1, { error: 'at least one cluster' }))
    .optional()
    .meta({
      description: 'Names of clusters that change together, wave after wave; one cluster after the other otherwise.',
    }),
  overrides: overridesSchema.optional(),
  gate: gateSchema.prefault({}),
});

/** The mesh file. */
export const meshSchema = z
  .strictObject({
    name: nameSchema.meta({ description: 'Name of the mesh.' }),
    istio: istioSchema,
    namespaces: namespacesSchema.prefault({}),
    controlPlane: controlPlaneSchema.prefault({}),
    gateways: z.array(gatewaySchema).default([]),
    groups: z
      .array(groupSchema)
      .default([])
      .meta({ description: 'Groups of application namespaces, in the order in which they move to a new revision.' }),
    gatewayApi: gatewayApiSchema.optional().meta({ description: 'For a mesh with Gateways of the Gateway API.' }),
    upgrade: upgradeSchema.prefault({}).meta({ description: 'How the mesh moves to a new revision.' }),
    probe: probeSchema.optional().meta({
      description:
        'How promotions and upgrades ask whether the traffic of the mesh is well. They do not where it is left out.',
    }),
    health: healthSchema.prefault({}).meta({ description: 'What status and gates call healthy.' }),
    config: z.array(configSchema).default([]).meta({ description: "The team's own configuration." }),
    fields: z
      .array(fieldOwnerSchema)
      .default([])
      .meta({ description: 'Fields of rendered objects that others write: they keep the values that they have.' }),
    environments: z
      .record(nameSchema, environmentSchema, { error: 'a mapping of environments by name' })
      .refine((environments) => Object.keys(environments).length > 0, { error: 'at least one environment' }),
  })
  .meta({ title: 'Mesh file of istio-delivery', description: 'What runs where: one Istio mesh and its environments.' });

export type MeshFile = z.output<typeof meshSchema>;
export type Group = z.output<typeof groupSchema>;
export type ConfigDirectory = z.output<typeof configSchema>;
export type Overrides = z.output<typeof overridesSchema>;
