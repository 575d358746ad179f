import { inParallel } from '../apply/in-parallel.ts';
import type { ClusterBundle } from '../bundle/bundle.ts';
import { revisionLabel } from '../bundle/labels.ts';
import { DeliveryError } from '../errors.ts';
import type { ObjectType } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../ports/objects.ts';
import type { UpgradeContext } from './upgrade-context.ts';

/**
 * Shows every live Istio object to the validator of a revision, by a dry run with that revision's label: what it would
 * refuse must be mended before any workload listens to it. Returns how many were shown.
 */
export async function acceptConfig(context: UpgradeContext, bundle: ClusterBundle, revision: string): Promise<number> {
  const { cluster, signal } = context;
  const lists = await Promise.all(istioTypes(bundle).map((type) => cluster.list(type)));
  const objects = lists.flatMap(({ items }) => items);
  const refused = (await inParallel(objects, signal, (object) => refusal(context, object, revision))).filter(
    (reason) => reason !== undefined,
  );
  if (refused.length === 0) return objects.length;
  throw new DeliveryError(
    `revision ${revision} does not accept the configuration of cluster ${cluster.name}: ${refused.join('; ')}`,
    {
      remedy: 'Mend it (config may be promoted while the upgrade is open), then resume',
      code: 'ConfigRefused',
      retryable: true,
    },
  );
}

/** The types that Istio's own definitions bring, in the version that is stored. */
function istioTypes({ stages }: ClusterBundle): ObjectType[] {
  const definitions = stages.find(({ stage }) => stage === 'crds')?.objects ?? [];
  return definitions.flatMap(({ spec }) => {
    const { group, names, versions } = spec as {
      group: string;
      names: { kind: string };
      versions: { name: string; storage: boolean }[];
    };
    const stored = versions.find(({ storage }) => storage);
    return stored && group.endsWith('istio.io') ? [{ apiVersion: `${group}/${stored.name}`, kind: names.kind }] : [];
  });
}

async function refusal(
  { cluster }: UpgradeContext,
  live: KubernetesObject,
  revision: string,
): Promise<string | undefined> {
  const { apiVersion, kind, metadata, spec } = live;
  const { name, namespace, labels } = metadata;
  const shown = {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, [revisionLabel]: revision },
    },
    spec,
  };
  const result = await cluster.apply(shown, { fieldManager: 'istio-delivery-validation', dryRun: true, force: true });
  return result.kind === 'invalid' ? `${formatObjectId(objectId(live))}: ${result.reason}` : undefined;
}
