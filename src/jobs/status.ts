import { loadMesh } from '../adapters/files/load-mesh.ts';
import { readBundle } from '../adapters/files/read-bundle.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import { DeliveryError, isStop } from '../errors.ts';
import { healthPolicy } from '../mesh/mesh.ts';
import { lookAtStatus } from '../record/look-at-status.ts';
import { type ClusterStatus, isHealthy, statusMarkdown, statusText, type UnknownStatus } from '../record/status.ts';
import { jsonText } from '../text/json-text.ts';
import { healEmbedded } from './embedded-options.ts';
import { connectWith, environmentInputs } from './environment-inputs.ts';
import { defineJob } from './job.ts';
import { lookOptions } from './look-options.ts';

type KnownMesh = Pick<BundleManifest, 'environments' | 'istio' | 'namespaces' | 'health'>;

export const status = defineJob({
  name: 'status',
  description:
    'Shows what runs where: the promoted bundle, revisions, tags, proxies, health and drift of every cluster.',
  surfaces: ['action', 'command'],
  inputs: {
    mesh: { type: 'text', description: 'Mesh file; or give a bundle.' },
    bundle: { type: 'text', description: 'Bundle: a folder or a .tgz that render wrote; or give a mesh file.' },
    environment: { type: 'text', description: 'The one environment to look at; all of them otherwise.' },
    kubeconfig: environmentInputs.kubeconfig,
  },
  outputs: {
    healthy: '`true` when every cluster runs a bundle, and all of its health and drift is known and good.',
    status: 'All that was seen, as JSON.',
  },
  async run({ mesh, bundle, environment, kubeconfig }, context) {
    const known = await readMesh(mesh, bundle);
    const wanted = known.environments.filter(({ name }) => environment === undefined || name === environment);
    if (wanted.length === 0) throw environmentUnknown(environment ?? '', known);
    const contexts = wanted.flatMap(({ clusters }) => clusters.map((target) => target.context));
    await healEmbedded(kubeconfig, contexts, context);
    const connect = connectWith(kubeconfig, context);
    const look = lookOptions(known, kubeconfig, context);
    const statuses = await Promise.all(
      wanted.flatMap(({ name, clusters }) =>
        clusters.map(async (target): Promise<ClusterStatus | UnknownStatus> => {
          try {
            return await lookAtStatus(connect(target), {
              ...look,
              target,
              environment: name,
              proxies: () => look.proxiesOf(target),
              onProgress: (text) => context.reporter.progress(`${target.name} · ${text}`),
            });
          } catch (error) {
            if (!(error instanceof DeliveryError) || isStop(error, context.signal)) throw error;
            return { cluster: target.name, environment: name, unknown: error.message };
          }
        }),
      ),
    );
    return {
      outputs: { healthy: String(statuses.every(isHealthy)), status: jsonText(statuses) },
      text: statusText(statuses),
      json: statuses,
      summary: statusMarkdown(statuses),
    };
  },
});

async function readMesh(mesh: string | undefined, bundle: string | undefined): Promise<KnownMesh> {
  if (bundle !== undefined && mesh === undefined) {
    const { manifest } = await readBundle(bundle);
    return manifest;
  }
  if (mesh !== undefined && bundle === undefined) {
    const loaded = await loadMesh(mesh);
    return { ...loaded, health: healthPolicy(loaded) };
  }
  throw new DeliveryError('status takes a mesh file or a bundle, and just one of them; give either mesh or bundle', {
    code: 'InvalidInput',
    kind: 'usage',
  });
}

function environmentUnknown(environment: string, { environments }: KnownMesh): DeliveryError {
  const known = environments.map(({ name }) => name).join(', ');
  return new DeliveryError(`environment "${environment}" is not in the mesh file; it has: ${known}`, {
    code: 'EnvironmentUnknown',
    kind: 'usage',
  });
}
