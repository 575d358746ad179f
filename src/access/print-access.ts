import { dump } from 'js-yaml';
import type { AccessObject } from './access-objects.ts';
import type { ReasonedRule } from './roles.ts';

/** Objects as YAML documents, every rule of a role under the reason for it. */
export function printAccess(objects: readonly AccessObject[]): string {
  return objects.map(({ object, reasons }) => `---\n${reasons ? printRole(object, reasons) : print(object)}`).join('');
}

/** Rules as they stand in a role, under their reasons. */
export function printRules(rules: readonly ReasonedRule[]): string {
  const reason = (index: number) => (rules[index]?.why === rules[index - 1]?.why ? '' : `# ${rules[index]?.why}\n`);
  return rules.map(({ rule }, index) => `${reason(index)}${print([rule])}`).join('');
}

function printRole(object: AccessObject['object'], reasons: readonly string[]): string {
  const { rules, ...head } = object as AccessObject['object'] & { rules: ReasonedRule['rule'][] };
  return `${print(head)}rules:\n${printRules(rules.map((rule, index) => ({ rule, why: reasons[index] ?? '' })))}`;
}

/** Lists of words on one line, as roles are mostly written. */
function print(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true, seqNoIndent: true, flowLevel: Array.isArray(value) ? 2 : -1 });
}
