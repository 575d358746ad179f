import { DeliveryError, isStop } from '../../errors.ts';
import type { Evidence, UnseenPart } from '../../gate/evidence.ts';
import type { ClusterTarget, Environment } from '../../mesh/environment.ts';
import { refuseOtherCluster } from '../../plan/other-cluster.ts';
import { verifiedIdentity } from '../../plan/plan-cluster.ts';
import type { Connect } from '../../plan/plan-environment.ts';
import type { ProxyDirectory } from '../../ports/proxies.ts';
import { type ClusterHealthOptions, clusterHealth } from './cluster-health.ts';
import { linesOf } from './part-health.ts';

export interface LookOptions extends Omit<ClusterHealthOptions, 'proxies' | 'onProgress'> {
  connect: Connect;
  /** Every environment of the mesh. */
  environments: readonly Environment[];
  proxiesOf: (target: ClusterTarget) => Promise<ProxyDirectory>;
  onProgress?: (text: string) => void;
}

interface Look {
  cluster: string;
  bundle: string | undefined;
  isUnderWay: boolean;
  troubles: string[];
  unseen: UnseenPart[];
}

/** Troubles of one cluster that a gate names; status has all of them. */
const mostNamed = 5;

/**
 * What the clusters of an environment themselves show, as evidence for the gate of a later one. Throws where one of them
 * cannot be looked at, unless another one is known to be unhealthy.
 */
export async function lookAt(
  environment: Pick<Environment, 'name' | 'clusters'>,
  options: LookOptions,
): Promise<Evidence> {
  const looks = await Promise.all(environment.clusters.map((target) => lookOrFailure(target, options)));
  const seen = looks.flatMap((look) => ('error' in look ? [] : [look]));
  const [failure] = looks.flatMap((look) => ('error' in look ? [look] : []));
  if (failure && seen.every(({ troubles }) => troubles.length === 0)) throw failure.error;
  return evidenceOf(environment.name, seen, options);
}

async function lookOrFailure(target: ClusterTarget, options: LookOptions): Promise<Look | { error: DeliveryError }> {
  try {
    return await lookAtCluster(target, options);
  } catch (error) {
    if (!(error instanceof DeliveryError) || isStop(error, options.signal)) throw error;
    return { error };
  }
}

async function lookAtCluster(target: ClusterTarget, options: LookOptions): Promise<Look> {
  const { connect, proxiesOf, environments, onProgress } = options;
  const cluster = connect(target);
  await verifiedIdentity(cluster, target);
  const { facts, parts } = await clusterHealth(cluster, {
    ...options,
    proxies: () => proxiesOf(target),
    onProgress: (text) => onProgress?.(`${target.name} · ${text}`),
  });
  refuseOtherCluster(target, facts.record, environments);
  return {
    cluster: target.name,
    bundle: facts.record?.current?.bundle,
    isUnderWay: parts.some(({ part, troubles }) => part === 'upgrades' && troubles.length > 0),
    troubles: linesOf(parts, 'troubles'),
    unseen: parts.flatMap(({ part, unknown }) =>
      unknown.map((reason) => ({ part, reason: `${target.name}: ${reason}` })),
    ),
  };
}

function evidenceOf(environment: string, looks: readonly Look[], { clock }: LookOptions): Evidence {
  const bundles = new Set(looks.map(({ bundle }) => bundle));
  const [bundle] = bundles;
  const details = looks.flatMap(({ cluster, troubles }) => [
    ...troubles.slice(0, mostNamed).map((trouble) => `${cluster}: ${trouble}`),
    ...(troubles.length > mostNamed ? [`${cluster}: ${troubles.length - mostNamed} more, which status shows`] : []),
  ]);
  if (bundles.size > 1) details.push('its clusters run different bundles');
  const unseen = looks.flatMap((look) => look.unseen);
  return {
    environment,
    source: 'cluster',
    ...(bundles.size === 1 && bundle !== undefined ? { bundle } : {}),
    promoted: looks.every(({ isUnderWay }) => !isUnderWay),
    healthy: looks.every(({ troubles }) => troubles.length === 0),
    at: clock.now().toISOString(),
    ...(details.length > 0 ? { detail: details.join('; ') } : {}),
    ...(unseen.length > 0 ? { unseen } : {}),
  };
}
