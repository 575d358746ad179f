import { expect, test } from 'vitest';
import type { CheckLook } from '../../../src/probe/checks/check-look.ts';
import { type CheckFacts, judgeCheck } from '../../../src/probe/checks/judge-check.ts';

const well: CheckLook = { kind: 'seen', facts: '3 of 3 proxies', troubles: [] };
const unseen: CheckLook = { kind: 'unseen', reason: 'istioctl did not answer' };

function troubled(...subjects: string[]): CheckLook {
  return {
    kind: 'seen',
    facts: `${3 - subjects.length} of 3 proxies`,
    troubles: subjects.map((subject) => ({ subject, reason: 'is not in sync' })),
  };
}

test.each<[string, CheckFacts, string, string]>([
  ['passes where all is well', { phase: 'upgrade', look: well, before: well }, 'pass', '3 of 3 proxies'],
  [
    'is never a pass where nothing was seen',
    { phase: 'upgrade', look: unseen },
    'inconclusive',
    'istioctl did not answer',
  ],
  [
    'fails for a trouble that was not there before',
    { phase: 'upgrade', look: troubled('Pod shop/a', 'Pod shop/b'), before: troubled('Pod shop/b') },
    'fail',
    'Pod shop/a is not in sync',
  ],
  [
    'names what was in trouble before, and does not blame the change for it',
    { phase: 'upgrade', look: troubled('Pod shop/b'), before: troubled('Pod shop/b') },
    'pass',
    '2 of 3 proxies; as before the change: Pod shop/b is not in sync',
  ],
  [
    'blames the change where nobody looked before it',
    { phase: 'after', look: troubled('Pod shop/b') },
    'fail',
    'Pod shop/b is not in sync',
  ],
  [
    'says what is in trouble before anything is changed',
    { phase: 'before', look: troubled('Pod shop/b') },
    'inconclusive',
    'Pod shop/b is not in sync: it is so before anything is changed',
  ],
])('a check %s', (_name, facts, result, said) => {
  const { phase, look } = facts;
  expect(judgeCheck('proxies', facts)).toEqual({
    name: 'proxies',
    phase,
    result,
    facts: said,
    ...(look.kind === 'unseen' ? { unseen: true } : {}),
  });
});

test('a check of a large mesh names ten, and counts the others', () => {
  const look = troubled(...Array.from({ length: 25 }, (_, index) => `Pod shop/${index}`));
  const { facts } = judgeCheck('proxies', { phase: 'upgrade', look });
  expect(facts.match(/is not in sync/g)).toHaveLength(10);
  expect(facts).toMatch(/; and 15 more$/);
});
