import { writeTextFile } from '../adapters/files/text-files.ts';
import type { Bundle } from '../bundle/bundle.ts';
import type { Environment } from '../mesh/environment.ts';
import { changeCount, problemCount } from '../plan/plan.ts';
import { clusterBundle, environmentOf, planEnvironment } from '../plan/plan-environment.ts';
import { type DifferenceReport, planMarkdown, planText } from '../plan/plan-report.ts';
import { renderDifference } from '../plan/render-difference.ts';
import { environmentInputs, readEnvironment } from './environment-inputs.ts';
import { defineJob } from './job.ts';

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
    out: { type: 'text', description: 'File to write the plan to.', default: 'plan.json' },
  },
  outputs: {
    digest: 'Digest of the plan: what an approval names.',
    changes: 'Number of objects that the plan changes; 0 when there is nothing to do.',
    plan: 'Path of the plan file.',
  },
  async run(inputs, context) {
    const { bundle, environment, connect } = await readEnvironment(inputs, context);
    const planned = await context.reporter.phase(`Plan ${environment.name}`, () =>
      planEnvironment({ bundle, environment, connect, forceConflicts: inputs['force-conflicts'] }),
    );
    await writeTextFile(inputs.out, `${JSON.stringify(planned, null, 2)}\n`);
    const differences = differencesOf(bundle, environment);
    const problems = problemCount(planned);
    return {
      outputs: { digest: planned.digest, changes: String(changeCount(planned)), plan: inputs.out },
      text: planText(planned, differences),
      json: { ...planned, differences },
      summary: planMarkdown(planned, differences),
      ...(problems > 0
        ? {
            failure: {
              kind: 'refused',
              reason: `the plan for ${environment.name} cannot be promoted: it lists what stands in the way (${problems})`,
            },
          }
        : {}),
    };
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
