import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../ports/objects.ts';
import { appliedSets } from './field-ownership.ts';
import { fieldIn, itemIn } from './field-set.ts';
import { type ForeignField, foreignField } from './foreign-fields.ts';
import type { SharedValue } from './leave-fields.ts';
import { type LabelExpression, type SelectorGuard, selectorGuards } from './well-known-owners.ts';

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: LabelExpression[];
}

interface Webhook {
  name: string;
  namespaceSelector?: Selector;
  objectSelector?: Selector;
}

const selectors = ['namespaceSelector', 'objectSelector'] as const;

/**
 * Clouds add requirements to the selectors of webhooks, and a selector is one atomic value: without them an apply of
 * ours would be undone, for ever. So ours is applied with those that are there; and where the live selector is just
 * that, it is left as it is.
 */
export function uniteSelectors(form: KubernetesObject, live: KubernetesObject, manager: string): SharedValue[] {
  if (!/^(Mutating|Validating)WebhookConfiguration$/.test(form.kind)) return [];
  const liveWebhooks = (live.webhooks ?? []) as Webhook[];
  return ((form.webhooks ?? []) as Webhook[]).flatMap((webhook) => {
    const index = liveWebhooks.findIndex(({ name }) => name === webhook.name);
    const liveWebhook = liveWebhooks[index];
    if (liveWebhook === undefined) return [];
    return selectors.flatMap((selector) => {
      const owned = appliedSets(live, manager).some((set) => {
        const item = itemIn(fieldIn(set, 'webhooks') ?? {}, liveWebhook, index);
        return item !== undefined && fieldIn(item, selector) !== undefined;
      });
      return unite({ webhook, liveWebhook, selector, owned }) ?? [];
    });
  });
}

interface Pair {
  webhook: Webhook;
  liveWebhook: Webhook;
  selector: (typeof selectors)[number];
  owned: boolean;
}

function unite({ webhook, liveWebhook, selector, owned }: Pair): SharedValue | undefined {
  const { [selector]: rendered } = webhook;
  const { [selector]: live = {} } = liveWebhook;
  if (rendered === undefined) return undefined;
  const own = rendered.matchExpressions ?? [];
  const added = (live.matchExpressions ?? []).flatMap((expression) => {
    const guard = own.some((each) => isDeepStrictEqual(each, expression)) ? undefined : guardOf(expression);
    return guard ? [{ expression, guard }] : [];
  });
  const [first] = added;
  if (first === undefined) return undefined;
  const united = { ...rendered, matchExpressions: [...own, ...added.map(({ expression }) => expression)] };
  const agrees = isSameSelector(united, live);
  if (!agrees) webhook[selector] = united;
  else if (owned) webhook[selector] = structuredClone(live);
  else delete webhook[selector];
  return {
    field: `.webhooks[name=${JSON.stringify(webhook.name)}].${selector}`,
    steps: [{ field: 'webhooks' }, { keys: { name: webhook.name } }, { field: selector }],
    parts: [{ steps: [], field: fieldOf(selector, first.guard) }],
    sent: !agrees,
  };
}

function guardOf(expression: LabelExpression): SelectorGuard | undefined {
  return selectorGuards.find(({ adds }) => adds(expression));
}

function fieldOf(selector: string, { owner, reason }: SelectorGuard): ForeignField {
  return foreignField({ path: `.webhooks[*].${selector}`, owners: [owner], reason, known: 'declared' });
}

/** In whatever order its requirements stand. */
function isSameSelector(left: Selector, right: Selector): boolean {
  const sorted = ({ matchExpressions = [] }: Selector) =>
    matchExpressions.map(({ key, operator, values = [] }) => JSON.stringify([key, operator, values.toSorted()])).sort();
  return (
    isDeepStrictEqual(left.matchLabels ?? {}, right.matchLabels ?? {}) && isDeepStrictEqual(sorted(left), sorted(right))
  );
}
