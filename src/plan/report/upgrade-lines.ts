import { visibleText } from '../../text/visible-text.ts';
import type { Plan } from '../plan.ts';
import { yamlLines } from './field-lines.ts';
import { count } from './words.ts';

/** How an upgrade goes about it, and what Istio says of the versions on its way; nothing for a promotion. */
export function upgradeLines({ upgrade }: Plan): string[] {
  if (!upgrade) return [];
  const { groups, gatewayApiTag, soak, acknowledgeNotes, waivers } = upgrade.policy;
  const lines = [
    ...groups.map(({ name, namespaces, tag, label, batch, soak }, index) => {
      const how = `${count(batch, 'workload')} at a time${soak > 0 ? `, then ${soak} s of soak` : ''}`;
      const labelled = label === 'owner' ? ', labelled by their owners' : '';
      return `group ${index + 1}, ${name} (tag ${tag}): ${namespaces.join(', ')}${labelled}; ${how}`;
    }),
    ...(gatewayApiTag === undefined ? [] : [`Gateways of the Gateway API follow the tag ${gatewayApiTag}`]),
    ...(soak > 0 ? [`the whole mesh soaks for ${soak} s before the old revision may be retired`] : []),
    ...(acknowledgeNotes ? ['every note must be acknowledged by its id'] : []),
    ...waivers.map(
      ({ check, object, reason }) => `waived: ${check}${object === undefined ? '' : ` of ${object}`}, ${reason}`,
    ),
    ...upgrade.notes.map(({ id, title, text, source }) => `note ${id}: ${title}. ${text} ${source}`),
  ].map(visibleText);
  const probe = upgrade.probe ? yamlLines('+', upgrade.probe).map((line) => line.slice(1)) : [];
  return [...lines, ...(probe.length > 0 ? ['traffic is watched:', ...probe] : [])];
}
