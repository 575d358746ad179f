import { canonicalJson } from '../../bundle/canonical-json.ts';
import { formatObjectId, type ObjectId } from '../../ports/objects.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { FieldChange } from '../field-changes.ts';
import type { Change, Plan } from '../plan.ts';
import { policyWords } from '../policy-changes.ts';
import { fieldLines, yamlLines } from './field-lines.ts';
import { type Risk, riskOf } from './risk.ts';

/** One change as lines of a diff. */
export interface Block {
  /** One line: `~ Service istio-gateways/istio-ingress (v1)`. */
  head: string;
  body: string[];
  /** What it is counted as: `Service`. */
  kind: string;
}

export interface ChangeBlock extends Block {
  action: Change['action'];
  stage: string;
  risk: Risk | undefined;
}

/** Every change of the plan, the same one in several clusters once. */
export function changeBlocks(plan: Plan): ChangeBlock[] {
  return inSeveral(plan, ({ changes }) => changes, withoutUid).map(({ item, clusters }) => {
    const uids = clusters.flatMap(({ item: change }) => (change.action === 'delete' ? [change.uid] : []));
    const when = plan.upgrade && item.action === 'delete' ? ', when the upgrade is finished' : '';
    return {
      head: `${headOf(item, uids)}${when}${whereOf(plan, clusters)}`,
      body: bodyOf(item),
      kind: item.id.kind,
      action: item.action,
      stage: item.action === 'delete' ? 'deletions' : item.stage,
      risk: riskOf(item),
    };
  });
}

export interface PolicyBlock extends Block {
  loosens: boolean;
}

/** Every difference of policy, in words and in full. */
export function policyBlocks(plan: Plan): PolicyBlock[] {
  return inSeveral(
    plan,
    ({ policy }) => policy,
    (change: FieldChange) => change,
  ).map(({ item, clusters }) => {
    const { text, loosens } = policyWords(item);
    return {
      head: `~ policy: ${visibleText(text)}${whereOf(plan, clusters)}`,
      body: fieldLines(item),
      kind: 'policy',
      loosens,
    };
  });
}

/** Every warning of the API server, each text of an object once. */
export function warningLines(plan: Plan): string[] {
  return inSeveral(
    plan,
    ({ warnings }) => warnings,
    (warning) => warning,
  ).map(({ item: { id, text }, clusters }) => `${idText(id)}: ${visibleText(text)}${whereOf(plan, clusters)}`);
}

interface Several<T> {
  item: T;
  clusters: { name: string; item: T }[];
}

/** The items of all clusters, those that are alike together. */
export function inSeveral<T>(
  { clusters }: Plan,
  itemsOf: (cluster: Plan['clusters'][number]) => readonly T[],
  alike: (item: T) => unknown,
): Several<T>[] {
  const found = new Map<string, Several<T>>();
  for (const cluster of clusters) {
    for (const item of itemsOf(cluster)) {
      const key = canonicalJson(alike(item));
      const several = found.get(key) ?? { item, clusters: [] };
      several.clusters.push({ name: cluster.cluster, item });
      found.set(key, several);
    }
  }
  return [...found.values()];
}

/** In which clusters something is so; nothing where the environment has one. */
export function whereOf(plan: Plan, clusters: readonly { name: string }[]): string {
  if (plan.clusters.length === 1) return '';
  if (clusters.length === plan.clusters.length) return ' · in every cluster';
  return ` · in ${clusters.map(({ name }) => visibleText(name)).join(', ')}`;
}

/** `Service istio-gateways/istio-ingress (v1)`. */
export function idText(id: ObjectId): string {
  return `${visibleText(formatObjectId(id))} (${visibleText(id.apiVersion)})`;
}

function withoutUid(change: Change): unknown {
  if (change.action === 'delete') return { ...change, uid: undefined };
  return change.action === 'create' ? { ...change, validated: undefined } : change;
}

function headOf(change: Change, uids: string[]): string {
  switch (change.action) {
    case 'create':
      return `+ ${idText(change.id)}, ${change.stage}`;
    case 'delete':
      return `- ${idText(change.id)}, uid ${uids.map(visibleText).join(', ')}`;
    case 'update':
      return `~ ${idText(change.id)}, ${change.stage}${change.fields.length === 0 ? ': takes ownership of its fields' : ''}`;
  }
}

function bodyOf(change: Change): string[] {
  switch (change.action) {
    case 'create':
      return yamlLines('+', change.after);
    case 'delete':
      return [
        ...(change.releases === undefined ? [] : [visibleText(`! gives up ${change.releases}`)]),
        ...yamlLines('-', change.before),
      ];
    case 'update':
      return [
        ...change.fields.flatMap(fieldLines),
        ...change.taken.map(({ field, owner, reason }) =>
          visibleText(`! takes ${field} from "${owner}"${reason === undefined ? '' : `; ${reason}`}`),
        ),
      ];
  }
}
