import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { policyOf } from '../bundle/policy.ts';
import type { FieldChange } from '../plan/field-changes.ts';
import { policyChanges, policyWords } from '../plan/policy-changes.ts';
import { readAs } from '../plan/read-as.ts';
import { renderDifference } from '../plan/render-difference.ts';
import { formatObjectId } from '../ports/objects.ts';
import type { BundleChange } from './rehearsal.ts';

interface Side {
  manifest: BundleManifest;
  part: ClusterBundle;
}

/** Longest value that is told in full, in characters. */
const longestValue = 60;

/**
 * What a rehearsed change consists of. Where the revision changes, each object of the old one is held against its
 * counterpart of the new one, and what is only another name of the revision, or of its Istio, is no difference.
 */
export function bundleDifference(from: Side, to: Side): BundleChange[] {
  const [before, after] = [from.manifest.istio, to.manifest.istio];
  const running = readAs(from.part, [
    [before.revision, after.revision],
    [before.version, after.version],
  ]);
  const objects = renderDifference(to.part, running).map((each): BundleChange => {
    const object = formatObjectId(each.id);
    switch (each.kind) {
      case 'only here':
        return { object, change: 'added', fields: [] };
      case 'only there':
        return { object, change: 'removed', fields: [] };
      case 'differs':
        return { object, change: 'changed', fields: each.fields.map(fieldText) };
    }
  });
  const policy = policyChanges(policyOf(from.manifest), policyOf(to.manifest)).map(
    (change) => policyWords(change).text,
  );
  return [
    ...objects.toSorted((left, right) => order(left) - order(right)),
    ...(policy.length > 0 ? [{ object: 'policy', change: 'changed' as const, fields: policy }] : []),
  ];
}

/** What somebody wrote before what Istio's release brings. */
function order({ object }: BundleChange): number {
  return object.startsWith('CustomResourceDefinition ') ? 1 : 0;
}

function fieldText(change: FieldChange): string {
  if ('patch' in change) return `${change.path}: ${change.patch.length} lines of its text`;
  if ('order' in change) return `${change.path}: its order`;
  const [before, after] = [valueText(change.before), valueText(change.after)];
  return before === undefined || after === undefined ? change.path : `${change.path}: ${before} → ${after}`;
}

/** Undefined where it is too long to be told. */
function valueText(value: unknown): string | undefined {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= longestValue ? text : undefined;
}
