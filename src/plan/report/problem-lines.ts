import { visibleText } from '../../text/visible-text.ts';
import type { InvalidObject, Plan } from '../plan.ts';
import { idText, inSeveral, whereOf } from './blocks.ts';
import { conflictLines } from './conflict-lines.ts';

/** Everything that keeps the plan from being promoted, what is the same in several clusters once. */
export function problemLines(plan: Plan): string[] {
  const invalid = inSeveral(
    plan,
    ({ problems }) => problems.filter((problem) => problem.kind === 'invalid'),
    (problem) => problem,
  );
  return [
    ...conflictLines(plan.clusters).map((line) => `! ${visibleText(line)}`),
    ...invalid.flatMap(({ item, clusters }) => {
      const [first = '', ...rest] = item.reason.split('\n').map(visibleText);
      return [`! ${subjectOf(item)}: ${first}${whereOf(plan, clusters)}`, ...rest.map((line) => `!     ${line}`)];
    }),
  ];
}

function subjectOf({ id, source }: InvalidObject): string {
  return source === undefined ? idText(id) : `${idText(id)}, ${visibleText(source)}`;
}
