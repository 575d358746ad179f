import { type Finding, formatPath } from '../../mesh/finding.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import type { Path } from '../../mesh/positions.ts';

/** What the API server writes itself, or what is right for one cluster only. */
const exported = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
  'ownerReferences',
];

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * An object that was exported from a cluster (`kubectl get --output yaml`) names the one that was there: applied, it is
 * refused as a conflict for ever.
 */
export function exportedFields(document: Record<string, unknown>): Finding[] {
  const paths = exportedPaths(document);
  const [path] = paths;
  if (path === undefined) return [];
  const names = paths.map(formatPath).join(', ');
  return [{ path, message: `expected a manifest, got an object that was exported from a cluster; remove ${names}` }];
}

/** Metadata without what an export adds to it. */
export function withoutExported(metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([field]) => !exported.includes(field)));
}

function exportedPaths({ metadata, status }: Record<string, unknown>): Path[] {
  const fields = isMapping(metadata) ? metadata : {};
  return [
    ...exported.filter((field) => field in fields).map((field) => ['metadata', field]),
    ...(isMapping(fields.annotations) && lastApplied in fields.annotations
      ? [['metadata', 'annotations', lastApplied]]
      : []),
    ...(status === undefined ? [] : [['status']]),
  ];
}
