import { groupOf } from '../../ports/objects.ts';
import type { Change } from '../plan.ts';

/** What a reader must look at before anything else, in this order. */
export const risks = ['policy', 'routing', 'webhooks', 'deletions', 'ownership', 'access'] as const;

export type Risk = (typeof risks)[number];

export const riskTitles: Record<Risk, string> = {
  policy: 'Policy that is loosened',
  routing: 'Routing: which revision serves whom',
  webhooks: 'Webhooks',
  deletions: 'Deletions',
  ownership: 'Fields taken from others',
  access: 'Access: who may do what',
};

const accessGroups = new Set(['rbac.authorization.k8s.io', 'security.istio.io']);

/** The gravest thing about a change; undefined for one that is like most. */
export function riskOf(change: Change): Risk | undefined {
  const { apiVersion, kind } = change.id;
  if (change.action === 'delete') return 'deletions';
  if (change.stage === 'routing' && kind !== 'Namespace') return 'routing';
  if (/^(Mutating|Validating)WebhookConfiguration$/.test(kind)) return 'webhooks';
  if (change.action === 'update' && change.taken.length > 0) return 'ownership';
  return accessGroups.has(groupOf(apiVersion)) ? 'access' : undefined;
}
