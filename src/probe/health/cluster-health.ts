import type { Cluster } from '../../ports/cluster.ts';
import { endpointHealth } from './endpoint-health.ts';
import { type HealthFacts, healthFacts } from './health-facts.ts';
import { objectHealth } from './object-health.ts';
import type { PartHealth } from './part-health.ts';
import { type ProxyHealthOptions, proxyHealth } from './proxy-health.ts';
import { tagHealth } from './tag-health.ts';
import { upgradeHealth } from './upgrade-health.ts';
import { webhookHealth } from './webhook-health.ts';

export interface ClusterHealth {
  facts: HealthFacts;
  /** Every part, in the order of `healthParts`. */
  parts: PartHealth[];
}

export interface ClusterHealthOptions extends ProxyHealthOptions {
  /** Namespace of the control plane. */
  namespace: string;
}

/** Looks at every part of a cluster's health; throws where not even what was promoted can be read. Writes nothing. */
export async function clusterHealth(cluster: Cluster, options: ClusterHealthOptions): Promise<ClusterHealth> {
  const facts = await healthFacts(cluster, options.namespace, options.signal);
  const [webhooks, proxies] = await Promise.all([webhookHealth(cluster, facts), proxyHealth(cluster, facts, options)]);
  return {
    facts,
    parts: [objectHealth(facts), endpointHealth(facts), webhooks, tagHealth(facts), proxies, upgradeHealth(facts)],
  };
}
