/** What a look at the health of a cluster is made of; a gate may need some of it only. */
export const healthParts = ['objects', 'endpoints', 'webhooks', 'tags', 'proxies', 'upgrades'] as const;

export type HealthPart = (typeof healthParts)[number];

/** What a look at the health of a cluster goes by. */
export interface HealthPolicy {
  /** Seconds that a proxy may be out of sync. */
  settle: number;
}
