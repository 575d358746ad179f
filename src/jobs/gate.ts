import { readTextFile } from '../adapters/files/text-files.ts';
import { passLines } from '../gate/verdict.ts';
import { parsePlan } from '../plan/parse-plan.ts';
import { verdictTable } from '../record/summary.ts';
import { blankLine, markdown, markdownLines } from '../text/markdown.ts';
import { beforeWriting } from './before-writing.ts';
import { environmentInputs, readEnvironment, wavesOf } from './environment-inputs.ts';
import { gateInputs } from './gate-inputs.ts';
import { defineJob } from './job.ts';
import { gateRefusal, verdictOf } from './verdict-on.ts';

export const gate = defineJob({
  name: 'gate',
  description:
    'Decides whether a plan may be carried out: the environments before run this very bundle, and the plan is approved.',
  surfaces: ['action', 'command'],
  inputs: {
    ...environmentInputs,
    plan: { type: 'text', description: 'Plan file that plan wrote.', required: true },
    ...gateInputs,
    wave: {
      type: 'number',
      description:
        'Number of the one wave of clusters that is to be promoted, from 1: the waves before it must run the bundle and be healthy. All waves otherwise.',
    },
  },
  outputs: { verdict: '`pass` or `fail`.' },
  async run(inputs, context) {
    const verdict = await beforeWriting(`gate of ${inputs.environment}`, context.signal, async () => {
      const facts = await readEnvironment(inputs, context);
      const { earlier } = wavesOf(facts.environment, inputs.wave);
      const plan = parsePlan(await readTextFile(inputs.plan, 'plan'), inputs.plan);
      const look = () => verdictOf(facts, plan, { ...inputs, earlier }, context);
      return context.reporter.phase(`Gate of ${facts.environment.name}`, look, ({ result }) => result === 'pass');
    });
    const { environment, result } = verdict;
    return {
      outputs: { verdict: result },
      text: [`gate of ${environment}: ${result}`, ...passLines(verdict).map((line) => `  ${line}`)],
      json: verdict,
      summary: markdownLines([markdown`### Gate of ${environment}: ${result}`, blankLine, ...verdictTable(verdict)]),
      ...(result === 'fail' ? { failure: gateRefusal(environment, verdict) } : {}),
    };
  },
});
