import type { ClusterBundle } from '../bundle/bundle.ts';
import { revisionLabel } from '../bundle/labels.ts';
import { type LabelSelector, matchesLabels } from '../mesh/label-selector.ts';
import { isMapping } from '../mesh/merge-deep.ts';
import { parseYaml } from '../mesh/yaml.ts';
import type { KubernetesObject } from '../ports/objects.ts';

type Labels = Record<string, string>;

/** Every namespace carries its name in this label, and nobody can give it another value. */
const nameLabel = 'kubernetes.io/metadata.name';

/** The discovery selectors of each control plane that a cluster gets; none where it looks at every namespace. */
export function discoverySelectorsOf({ stages }: ClusterBundle): LabelSelector[][] {
  return stages.flatMap(({ objects }) => objects.map(selectorsOf).filter((selectors) => selectors.length > 0));
}

/**
 * The labels of a namespace with what it needs beside them to be seen by every control plane. Undefined where the
 * selectors of one can only be met by another name, or another revision.
 */
export function labelsToBeSeen(
  selectors: readonly (readonly LabelSelector[])[],
  { name, labels }: { name: string; labels: Labels },
): Labels | undefined {
  let seen: Labels | undefined = labels;
  for (const alternatives of selectors) {
    if (seen === undefined) return undefined;
    const fixed: Labels = { ...seen, [nameLabel]: name };
    if (alternatives.some((selector) => matchesLabels(selector, fixed))) continue;
    seen = alternatives.map((selector) => withNeeded(selector, fixed)).find((found) => found !== undefined);
  }
  if (seen === undefined) return undefined;
  const { [nameLabel]: _name, ...own } = seen;
  return own;
}

/** The labels with those that the selector asks for and that are not there; undefined where that is not enough. */
function withNeeded(selector: LabelSelector, fixed: Labels): Labels | undefined {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const asked = matchExpressions.flatMap(({ key, operator, values = [] }): [string, string][] => {
    if (operator === 'In') return values.slice(0, 1).map((value) => [key, value]);
    return operator === 'Exists' ? [[key, 'rehearsal']] : [];
  });
  const needed = Object.fromEntries([...asked, ...Object.entries(matchLabels)].filter(([key]) => !isGiven(key)));
  const labels = { ...needed, ...fixed };
  return matchesLabels(selector, labels) ? labels : undefined;
}

/** A label that somebody else decides about: a namespace's name, and the tag of its group. */
function isGiven(key: string): boolean {
  return key === nameLabel || key === revisionLabel;
}

function selectorsOf({ kind, data }: KubernetesObject): LabelSelector[] {
  const { mesh } = (data ?? {}) as { mesh?: unknown };
  if (kind !== 'ConfigMap' || typeof mesh !== 'string') return [];
  const [config] = parseYaml(mesh, 'the mesh configuration');
  const selectors = isMapping(config) ? config.discoverySelectors : undefined;
  return Array.isArray(selectors) ? (selectors.filter(isMapping) as LabelSelector[]) : [];
}
