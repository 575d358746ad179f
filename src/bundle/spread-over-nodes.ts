/** Spreads the pods with these labels over zones and nodes, as far as there are any. */
export function spreadOverNodes(matchLabels: Record<string, string>): Record<string, unknown>[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels },
  }));
}
