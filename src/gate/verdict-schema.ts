import { z } from 'zod';
import type { ShapeOf } from '../mesh/read-document.ts';
import type { RuleVerdict, Verdict } from './verdict.ts';

const result = z.enum(['pass', 'fail']);

export const verdictSchema: z.ZodType<Verdict> = z.strictObject({
  environment: z.string(),
  bundle: z.string(),
  plan: z.string(),
  result,
  rules: z.array(
    z.strictObject({
      rule: z.enum(['plan', 'identity', 'order', 'approval']),
      result,
      facts: z.string(),
      cure: z.string().exactOptional(),
    } satisfies ShapeOf<RuleVerdict>),
  ),
} satisfies ShapeOf<Verdict>);
