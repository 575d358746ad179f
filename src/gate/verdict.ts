/** What one rule of the gate says, with the facts it was decided on. */
export interface RuleVerdict {
  rule: 'plan' | 'identity' | 'order' | 'approval';
  result: 'pass' | 'fail';
  /** The facts, in a sentence. */
  facts: string;
  /** What turns a fail into a pass. */
  cure?: string;
}

export interface Verdict {
  environment: string;
  /** Digest of the bundle. */
  bundle: string;
  /** Digest of the plan. */
  plan: string;
  /** Passes only when every rule does. */
  result: 'pass' | 'fail';
  rules: RuleVerdict[];
}

/** The verdict as lines for a log. */
export function verdictLines({ rules }: Verdict): string[] {
  return rules.map(({ rule, result, facts, cure }) => `${result} ${rule}: ${facts}${cure ? `; ${cure}` : ''}`);
}

/** The same, for a log that ends with the reason of a refusal: why a rule fails stands there. */
export function passLines({ rules }: Verdict): string[] {
  return rules.map(({ rule, result, facts }) => (result === 'pass' ? `pass ${rule}: ${facts}` : `fail ${rule}`));
}
