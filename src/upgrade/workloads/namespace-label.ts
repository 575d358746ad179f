import { groupsFieldManager } from '../../bundle/field-manager.ts';
import { injectionLabel, revisionLabel } from '../../bundle/labels.ts';
import { DeliveryError } from '../../errors.ts';
import type { KubernetesObject, ObjectId } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

/** Labels with their values; null where there is none. */
export type LabelValues = Record<string, string | null>;

export interface NamespaceTag {
  namespace: string;
  tag: string;
  /** Who sets the label: a namespace that its owner labels is never touched. */
  label: 'managed' | 'owner';
  /** Called with the labels as they are, before the first write: for the journal. */
  announce?: (before: LabelValues) => Promise<void>;
}

/** How often a namespace may change under our hands before that is an error. */
const attempts = 5;

/** The labels that keep a namespace from its group's tag, as they are; undefined where nothing is to be changed. */
export function labelsInTheWay(labels: Record<string, string>, tag: string): LabelValues | undefined {
  // Its owner has taken it out of the mesh.
  if (labels[injectionLabel] === 'disabled') return undefined;
  const before: LabelValues = {};
  if (labels[injectionLabel] !== undefined) before[injectionLabel] = labels[injectionLabel];
  if (labels[revisionLabel] !== tag) before[revisionLabel] = labels[revisionLabel] ?? null;
  return Object.keys(before).length === 0 ? undefined : before;
}

/** The labels of a namespace once it is brought to its group's tag. */
export function labelsAtTag(
  labels: Record<string, string>,
  { tag, label }: Pick<NamespaceTag, 'tag' | 'label'>,
): Record<string, string> {
  if (label === 'owner' || labelsInTheWay(labels, tag) === undefined) return labels;
  const { [injectionLabel]: _injection, ...others } = labels;
  return { ...others, [revisionLabel]: tag };
}

/**
 * Brings a namespace to its group's tag and returns the labels that were changed, as they were before; undefined when
 * nothing was. After an interruption it changes what is left: what was announced first stays what it was before.
 */
export async function bringToTag(context: UpgradeContext, target: NamespaceTag): Promise<LabelValues | undefined> {
  const { namespace, tag, label, announce } = target;
  const live = label === 'owner' ? undefined : await context.cluster.get(idOf(namespace));
  const before = live && labelsInTheWay(live.metadata.labels ?? {}, tag);
  if (live === undefined || before === undefined) return undefined;
  await announce?.(before);
  // The tag comes first, with the bundle's own field manager: there is no moment without injection.
  if (revisionLabel in before) await applyTag(context, live, tag);
  if (injectionLabel in before) await writeLabels(context, namespace, { [injectionLabel]: null });
  return before;
}

/** Puts labels of a namespace back to what they were; a namespace that is gone stays so. */
export async function restoreLabels(context: UpgradeContext, namespace: string, labels: LabelValues): Promise<void> {
  await writeLabels(context, namespace, labels);
}

async function applyTag({ cluster }: UpgradeContext, { metadata }: KubernetesObject, tag: string): Promise<void> {
  const { name, uid } = metadata;
  // With its UID, a namespace that is gone is not created anew.
  const form = { name, ...(uid === undefined ? {} : { uid }), labels: { [revisionLabel]: tag } };
  const result = await cluster.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: form },
    { fieldManager: groupsFieldManager, dryRun: false, force: true },
  );
  if (result.kind !== 'invalid') return;
  throw new DeliveryError(
    `Namespace ${name} of cluster ${cluster.name} cannot be labelled ${revisionLabel}=${tag}: ${result.reason}`,
    { remedy: 'allow it, or set the label yourself, and resume', code: 'NamespaceRefused' },
  );
}

/** A label that others own goes only by writing the whole object, at the version that was read. */
async function writeLabels({ cluster, signal }: UpgradeContext, namespace: string, labels: LabelValues): Promise<void> {
  let live: KubernetesObject | undefined;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    signal.throwIfAborted();
    live = await cluster.get(idOf(namespace));
    if (live === undefined || holds(live, labels)) return;
    const kept = Object.entries(live.metadata.labels ?? {}).filter(([key]) => !(key in labels));
    const set = Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== null);
    const metadata = { ...live.metadata, labels: Object.fromEntries([...kept, ...set]) };
    if (await cluster.replace({ ...live, metadata })) return;
  }
  const owners = ownersOf(live, Object.keys(labels));
  throw new DeliveryError(
    `labels ${Object.keys(labels).join(' and ')} of Namespace ${namespace} of cluster ${cluster.name} cannot be written (Conflict): it changed ${attempts} times meanwhile${owners === '' ? '' : `, and they are owned by ${owners}`}`,
    { remedy: 'stop what writes to it, and resume', code: 'Conflict', retryable: true },
  );
}

function holds({ metadata }: KubernetesObject, labels: LabelValues): boolean {
  return Object.entries(labels).every(([key, value]) => (metadata.labels?.[key] ?? null) === value);
}

/** The field managers of these labels, by the object's own account. */
function ownersOf(object: KubernetesObject | undefined, labels: readonly string[]): string {
  const owners = (object?.metadata.managedFields ?? []).filter(({ fieldsV1 }) => {
    const fields = fieldsV1 as { 'f:metadata'?: { 'f:labels'?: Record<string, unknown> } } | undefined;
    return labels.some((label) => fields?.['f:metadata']?.['f:labels']?.[`f:${label}`] !== undefined);
  });
  return owners.map(({ manager }) => `"${manager}"`).join(', ');
}

function idOf(name: string): ObjectId {
  return { apiVersion: 'v1', kind: 'Namespace', name };
}
