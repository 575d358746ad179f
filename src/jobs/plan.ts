import type { Bundle } from '../bundle/bundle.ts';
import type { Environment } from '../mesh/environment.ts';
import { changeCount, problemCount } from '../plan/plan.ts';
import { clusterBundle, environmentOf, planEnvironment } from '../plan/plan-environment.ts';
import { renderDifference } from '../plan/render-difference.ts';
import type { DifferenceReport } from '../plan/report/difference-section.ts';
import { planMarkdown } from '../plan/report/plan-markdown.ts';
import { planReport } from '../plan/report/plan-report.ts';
import { planText } from '../plan/report/plan-text.ts';
import { count } from '../plan/report/words.ts';
import { logText } from '../text/log-text.ts';
import { beforeWriting } from './before-writing.ts';
import { environmentInputs, readEnvironment } from './environment-inputs.ts';
import { defineJob, type JobResult } from './job.ts';
import { jsonFile, leaveFiles } from './leave-files.ts';

/** What a terminal is scrolled for; the file has more. */
const textLimit = 128 * 1024;

/** A step summary holds 1 MiB, and each character may be escaped. */
const summaryLimit = 800 * 1024;

type Output = 'digest' | 'changes' | 'plan' | 'text';

export const plan = defineJob({
  name: 'plan',
  description:
    'Shows what a bundle would change in an environment, field by field, and writes the plan that promote carries out.',
  surfaces: ['action', 'command'],
  inputs: {
    ...environmentInputs,
    'force-conflicts': {
      type: 'flag',
      description: 'Take fields that other field managers own; the plan lists each of them.',
    },
    out: {
      type: 'text',
      description: 'File to write the plan to; beside it, ending in .diff, all of it as a text to read.',
      default: 'plan.json',
    },
  },
  outputs: {
    digest: 'Digest of the plan: what an approval names.',
    changes: 'Number of objects and settings of policy that the plan changes; 0 when there is nothing to do.',
    plan: 'Path of the plan file.',
    text: 'Path of the plan as a text, every object in full.',
  } satisfies Record<Output, string>,
  async run(inputs, context): Promise<JobResult<Output>> {
    const { bundle, environment, planned } = await beforeWriting(
      `plan of ${inputs.environment}`,
      context.signal,
      async () => {
        const facts = await readEnvironment(inputs, context);
        const plan = () => planEnvironment({ ...facts, forceConflicts: inputs['force-conflicts'] });
        return { ...facts, planned: await context.reporter.phase(`Plan ${facts.environment.name}`, plan) };
      },
    );
    const differences = differencesOf(bundle, environment);
    const report = planReport(planned, differences);
    const file = `${inputs.out.replace(/\.json$/, '')}.diff`;
    const problems = problemCount(planned);
    const result: JobResult<Output> = {
      outputs: { digest: planned.digest, changes: String(changeCount(planned)), plan: '', text: '' },
      text: planText(report, { limit: textLimit, file }),
      isDiff: true,
      json: { ...planned, differences },
      summary: planMarkdown(report, { limit: summaryLimit, file }),
      ...(problems > 0
        ? {
            failure: {
              kind: 'refused',
              reason: `the plan for ${environment.name} cannot be promoted: ${count(problems, 'problem')} in it must be solved first`,
            },
          }
        : {}),
    };
    return leaveFiles(result, [
      { output: 'plan', path: inputs.out, content: jsonFile(planned) },
      { output: 'text', path: file, content: `${planText(report).map(logText).join('\n')}\n` },
    ]);
  },
});

/** How each cluster's render differs from that of the first cluster of the environment before. */
function differencesOf(bundle: Bundle, environment: Environment): DifferenceReport[] {
  const [before] = environment.after;
  const comparedTo = before === undefined ? undefined : environmentOf(bundle, before).clusters[0]?.name;
  if (comparedTo === undefined) return [];
  return environment.clusters.map(({ name }) => ({
    cluster: name,
    comparedTo,
    differences: renderDifference(clusterBundle(bundle, name), clusterBundle(bundle, comparedTo)),
  }));
}
