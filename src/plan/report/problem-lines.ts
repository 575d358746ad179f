import type { Plan, Problem } from '../plan.ts';
import { idText, inSeveral, whereOf } from './blocks.ts';
import { visibleText } from './visible-text.ts';

/** Everything that keeps the plan from being promoted, what is the same in several clusters once. */
export function problemLines(plan: Plan): string[] {
  return inSeveral(
    plan,
    ({ problems }) => problems,
    (problem) => problem,
  ).flatMap(({ item, clusters }) =>
    reasonsOf(item).flatMap((reason) => {
      const [first = '', ...rest] = reason.split('\n').map(visibleText);
      return [`! ${subjectOf(item)}: ${first}${whereOf(plan, clusters)}`, ...rest.map((line) => `!     ${line}`)];
    }),
  );
}

function subjectOf({ id, source }: Problem): string {
  return source === undefined ? idText(id) : `${idText(id)}, ${visibleText(source)}`;
}

function reasonsOf(problem: Problem): string[] {
  switch (problem.kind) {
    case 'conflict':
      return problem.conflicts.map(
        ({ field, owner }) =>
          `${field} is owned by "${owner}"; drop the field from the mesh file, or plan with force-conflicts to take it`,
      );
    case 'invalid':
      return [problem.reason];
  }
}
