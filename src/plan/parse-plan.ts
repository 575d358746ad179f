import { DeliveryError, messageOf } from '../errors.ts';
import { isIntact, type Plan } from './plan.ts';

/** Reads what `plan` wrote; `file` is for the error. A plan that was changed by hand is refused. */
export function parsePlan(text: string, file: string): Plan {
  let plan: Plan;
  try {
    plan = JSON.parse(text) as Plan;
    if (plan.apiVersion !== 'istio-delivery/v1' || plan.kind !== 'Plan') {
      throw new Error(
        `expected a Plan of istio-delivery/v1, got ${plan.kind ?? 'no kind'} of ${plan.apiVersion ?? 'no apiVersion'}`,
      );
    }
  } catch (error) {
    throw new DeliveryError(
      `${file} is not a plan: ${messageOf(error)}; give the file that plan wrote (its output "plan")`,
      {
        code: 'PlanInvalid',
        kind: 'usage',
        cause: error,
      },
    );
  }
  if (isIntact(plan)) return plan;
  throw new DeliveryError(
    `plan ${file} does not have the digest it names (${plan.digest}): it was changed; plan again`,
    {
      code: 'PlanInvalid',
      kind: 'refused',
    },
  );
}
