import type { BundlePolicy } from '../bundle/policy.ts';
import type { FieldChange } from './field-changes.ts';
import { differences } from './field-changes.ts';

/** Every field in which two bundles decide differently; none where nothing runs yet. */
export function policyChanges(running: BundlePolicy | undefined, next: BundlePolicy): FieldChange[] {
  return running === undefined ? [] : [...differences('', running, next)];
}

/** One difference of policy, as a person says it. */
export interface PolicyWords {
  text: string;
  /** Less is asked for, waited for or watched than before. */
  loosens: boolean;
}

interface Value {
  before: unknown;
  after: unknown;
}

interface Rule {
  path: RegExp;
  text: (names: string[], value: Value) => string;
  loosens?: (value: Value) => boolean;
}

const isGone = ({ after }: Value) => after === undefined;
const isNew = ({ before }: Value) => before === undefined;
const isLess = ({ before, after }: Value) => isGone({ before, after }) || Number(after) < Number(before);
const isMore = ({ before, after }: Value) => isGone({ before, after }) || Number(after) > Number(before);

/** Parts of the health, one or several, with the words before them; nothing for none. */
function listed(words: string, parts: unknown): string[] {
  const names = [parts].flat().filter((part) => part !== undefined);
  return names.length === 0 ? [] : [`${words} ${names.join(', ')}`];
}

/** The first that fits says it. */
const rules: readonly Rule[] = [
  {
    path: /^\.environments\[([^\]]+)\]\.gate\.approval$/,
    text: ([name], { after }) =>
      `${name} ${after === true ? 'asks for an approval' : 'no longer asks for an approval'}`,
    loosens: ({ after }) => after !== true,
  },
  {
    path: /^\.environments\[([^\]]+)\]\.gate\.identity$/,
    text: ([name], { after }) =>
      `the gate of ${name} ${after === 'required' ? 'asks for the identities of its clusters' : 'no longer asks for the identities of its clusters'}`,
    loosens: ({ after }) => after !== 'required',
  },
  {
    path: /^\.environments\[([^\]]+)\]\.gate\.needs(\[|$)/,
    text: ([name], { before, after }) =>
      `the gate of ${name} ${[...listed('no longer needs', before), ...listed('needs', after)].join(' and ')}`,
    loosens: ({ before }) => before !== undefined,
  },
  {
    path: /^\.health\.settle$/,
    text: (_names, value) => `proxies may be out of sync ${isMore(value) ? 'longer' : 'shorter'}`,
    loosens: isMore,
  },
  {
    path: /^\.environments\[([^\]]+)\]\.after\[/,
    text: ([name], { before, after }) =>
      before === undefined ? `${name} waits for ${after}` : `${name} no longer waits for ${before}`,
    loosens: ({ before }) => before !== undefined,
  },
  {
    path: /^\.environments\[([^\]]+)\]$/,
    text: ([name], value) => `environment ${name} is ${isNew(value) ? 'new' : 'removed'}`,
  },
  {
    path: /^\.environments\[([^\]]+)\]\.clusters\[([^\]]+)\]$/,
    text: ([name, cluster], value) => `cluster ${cluster} ${isNew(value) ? 'joins' : 'leaves'} environment ${name}`,
  },
  {
    path: /^\.environments\[([^\]]+)\]\.clusters\[([^\]]+)\]\.identity$/,
    text: ([, cluster], value) =>
      isGone(value) ? `cluster ${cluster} is no longer pinned by its identity` : `cluster ${cluster} is pinned`,
    loosens: isGone,
  },
  {
    path: /^\.environments\[([^\]]+)\]\.waves\[\d+\]$/,
    text: ([name], value) => `${name} has a wave ${isNew(value) ? 'more' : 'less'}`,
    loosens: isGone,
  },
  { path: /^\.environments\[([^\]]+)\]\.waves/, text: ([name]) => `the waves of ${name} change` },
  {
    path: /^\.environments\[([^\]]+)\]/,
    text: ([name]) => `environment ${name} changes`,
  },
  { path: /^\.namespaces\.controlPlane$/, text: () => 'the control plane has another namespace' },
  { path: /^\.namespaces\.root$/, text: () => 'the root namespace is another one' },
  {
    path: /^\.upgrade\.groups\[([^\]]+)\]$/,
    text: ([name], value) => `group ${name} is ${isNew(value) ? 'new' : 'removed'}`,
  },
  {
    path: /^\.upgrade\.groups\[([^\]]+)\]\.soak$/,
    text: ([name], value) => `group ${name} soaks ${isLess(value) ? 'shorter' : 'longer'}`,
    loosens: isLess,
  },
  {
    path: /^\.upgrade\.groups\[([^\]]+)\]\.batch$/,
    text: ([name], value) => `group ${name} moves ${isMore(value) ? 'more' : 'fewer'} workloads at a time`,
    loosens: isMore,
  },
  { path: /^\.upgrade\.groups\[([^\]]+)\]/, text: ([name]) => `group ${name} changes` },
  { path: /^\.upgrade\.groups$/, text: () => 'the groups move in another order' },
  {
    path: /^\.upgrade\.waivers/,
    text: (_names, value) => (isGone(value) ? 'a waiver is withdrawn' : 'a preflight check is waived'),
    loosens: (value) => !isGone(value),
  },
  {
    path: /^\.upgrade\.acknowledgeNotes$/,
    text: (_names, { after }) => `upgrade notes ${after === true ? 'must' : 'need no longer'} be acknowledged`,
    loosens: ({ after }) => after !== true,
  },
  {
    path: /^\.upgrade\.soak$/,
    text: (_names, value) => `the mesh soaks ${isLess(value) ? 'shorter' : 'longer'} before the old revision may go`,
    loosens: isLess,
  },
  { path: /^\.upgrade\.gatewayApiTag$/, text: () => 'Gateways of the Gateway API follow another tag' },
  {
    path: /^\.probe$/,
    text: (_names, value) => (isGone(value) ? 'traffic is no longer watched' : 'traffic is watched'),
    loosens: isGone,
  },
  {
    path: /^\.probe\.thresholds\.(success|minimum)$/,
    text: ([name], value) => `the probe's threshold ${name} is ${isLess(value) ? 'lower' : 'higher'}`,
    loosens: isLess,
  },
  {
    path: /^\.probe\.thresholds\.(p99|slowdown)$/,
    text: ([name], value) => `the probe's threshold ${name} is ${isMore(value) ? 'higher' : 'lower'}`,
    loosens: isMore,
  },
  {
    path: /^\.probe\.(baseline|settle)$/,
    text: ([name], value) => `the probe's ${name} is ${isLess(value) ? 'shorter' : 'longer'}`,
    loosens: isLess,
  },
  {
    path: /^\.probe\.(targets|checks|prometheus)/,
    text: ([name], value) => `the probe's ${name} ${isGone(value) ? 'lose one' : isNew(value) ? 'gain one' : 'change'}`,
    loosens: (value) => !isNew(value),
  },
  { path: /^\.probe/, text: () => 'the probe changes' },
  {
    path: /^\.fields/,
    text: (_names, value) => (isGone(value) ? 'fields are taken back from their owners' : 'fields are left to others'),
    loosens: (value) => !isGone(value),
  },
];

/** What a difference of policy means. One that no rule knows is said by its path. */
export function policyWords(change: FieldChange): PolicyWords {
  const value = 'patch' in change || 'order' in change ? { before: '', after: '' } : valueOf(change);
  for (const { path, text, loosens } of rules) {
    const match = path.exec(change.path);
    if (match) return { text: text(match.slice(1), value), loosens: loosens?.(value) ?? false };
  }
  return { text: `${change.path.slice(1)} changes`, loosens: false };
}

function valueOf({ before, after }: { before?: unknown; after?: unknown }): Value {
  return { before, after };
}
