import { formatObjectId } from '../../ports/objects.ts';
import type { ClusterPlan, LeftOfObject } from '../plan.ts';

/** The fields that keep the values that others give them: one line for each owner, kind and field. */
export function leftLines(plans: readonly Pick<ClusterPlan, 'left'>[]): string[] {
  const left = plans.flatMap(({ left }) => left).filter(({ usual }) => !usual);
  const keyOf = ({ id, path, owner, reason }: LeftOfObject) => JSON.stringify([owner, id.kind, path, reason]);
  return [...Map.groupBy(left, keyOf).values()].map(lineOf);
}

/** One line for all that every mesh leaves to its controllers. */
export function usuallyLeft(plans: readonly Pick<ClusterPlan, 'left'>[]): string[] {
  const left = plans.flatMap(({ left }) => left).filter(({ usual }) => usual);
  const controllers = [...Map.groupBy(left, ({ owner }) => owner)].map(
    ([owner, fields]) => `${[...new Set(fields.map(({ path }) => path))].join(', ')} (${owner})`,
  );
  return controllers.length > 0 ? [`Left to controllers, as in every mesh: ${controllers.join(', ')}.`] : [];
}

function lineOf(fields: readonly LeftOfObject[]): string {
  const [first] = fields;
  if (!first) return '';
  const names = new Set(fields.map(({ id }) => formatObjectId(id)));
  const others = names.size > 1 ? ` (and ${names.size - 1} more)` : '';
  return `${first.path} of ${formatObjectId(first.id)}${others} is left to "${first.owner}": ${first.reason}`;
}
