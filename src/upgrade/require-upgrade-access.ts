import { requireAccess, unlessForbidden } from '../access/require-access.ts';
import type { BundlePart } from '../apply/verify-stored.ts';
import type { Cluster } from '../ports/cluster.ts';
import { groupNamespaces } from './workloads/group-namespaces.ts';

/** Makes sure that this account has every right that an upgrade needs, in the live namespaces of the groups too. */
export async function requireUpgradeAccess(cluster: Cluster, { manifest, bundle }: BundlePart): Promise<void> {
  const list = async () => (await cluster.list({ apiVersion: 'v1', kind: 'Namespace' })).items;
  const namespaces = await unlessForbidden([], list);
  const groups = manifest.upgrade.groups.flatMap((group) => groupNamespaces(group, namespaces));
  await requireAccess(cluster, 'upgrade', { manifest, bundle, groups });
}
