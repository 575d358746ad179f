import { readTextFile } from '../adapters/files/text-files.ts';
import { judge } from '../gate/judge.ts';
import { verdictLines } from '../gate/verdict.ts';
import { parsePlan } from '../plan/parse-plan.ts';
import { verdictTable } from '../record/summary.ts';
import { environmentInputs, readEnvironment } from './environment-inputs.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { defineJob } from './job.ts';

/** What a gate is told beside the bundle and the plan. */
export const gateInputs = {
  approve: { type: 'text', description: 'Digest of the plan that was looked at and approved.' },
  evidence: {
    type: 'list',
    description: 'Records of the promotions to the environments before, as promote wrote them.',
  },
} as const;

export const gate = defineJob({
  name: 'gate',
  description:
    'Decides whether a plan may be carried out: the environments before run this very bundle, and the plan is approved.',
  surfaces: ['action', 'command'],
  inputs: {
    ...environmentInputs,
    plan: { type: 'text', description: 'Plan file that plan wrote.', required: true },
    ...gateInputs,
  },
  outputs: { verdict: '`pass` or `fail`.' },
  async run(inputs, context) {
    const facts = await readEnvironment(inputs, context);
    const { clock, reporter } = context;
    const plan = parsePlan(await readTextFile(inputs.plan, 'plan'), inputs.plan);
    const evidence = await gatherEvidence(facts, { records: inputs.evidence, clock, reporter });
    const verdict = judge({
      environment: facts.environment,
      environments: facts.bundle.manifest.environments,
      bundle: facts.bundle.manifest.digest,
      plan,
      evidence,
      ...(inputs.approve === undefined ? {} : { approve: inputs.approve }),
    });
    const failed = verdict.rules.filter(({ result }) => result === 'fail');
    return {
      outputs: { verdict: verdict.result },
      text: verdictLines(verdict).join('\n'),
      json: verdict,
      summary: [`### Gate of ${verdict.environment}: ${verdict.result}`, '', ...verdictTable(verdict)].join('\n'),
      ...(failed.length > 0
        ? { failure: { kind: 'refused', reason: verdictLines({ ...verdict, rules: failed }).join('\n') } }
        : {}),
    };
  },
});
