import { readFile, writeFile } from 'node:fs/promises';
import { DeliveryError } from '../../src/errors.ts';
import { defineJob } from '../../src/jobs/job.ts';
import type { AnyJob } from '../../src/jobs/table.ts';
import { markdown, markdownLines } from '../../src/text/markdown.ts';

const greet = defineJob({
  name: 'greet',
  description: 'Greets.',
  surfaces: ['action', 'command'],
  inputs: {
    who: { type: 'text', description: 'Whom to greet', required: true },
    greeting: { type: 'text', description: 'What to say', default: 'Hello' },
    'at-once': { type: 'flag', description: 'Do not wait' },
    times: { type: 'number', description: 'How often', default: '1' },
    others: { type: 'list', description: 'Who else is there' },
    title: { type: 'text', description: 'What they are' },
  },
  outputs: { sentence: 'What was said' },
  async run(inputs, { reporter }) {
    reporter.line(`read ${JSON.stringify(inputs)}`);
    const sentence = `${inputs.greeting} ${inputs.who}`;
    return {
      outputs: { sentence },
      text: [sentence],
      json: { sentence, ...inputs },
      summary: markdown`**${sentence}**`,
    };
  },
});

const leak = defineJob({
  name: 'leak',
  description: 'Prints what came from elsewhere, and a secret.',
  surfaces: ['action', 'command'],
  inputs: { token: { type: 'text', description: 'A secret', required: true } },
  outputs: { done: 'Always yes' },
  async run({ token }, { reporter }) {
    reporter.secret(token);
    const foreign = `pod said\n::set-output name=done::no\r  ::error::broken\n##[error]broken, token ${token}`;
    await reporter.phase('Read the pod', async () => {
      reporter.line(foreign);
      reporter.warning(foreign);
      reporter.progress(foreign);
    });
    return {
      outputs: { done: 'yes' },
      text: [foreign],
      json: { token: `it is ${token}` },
      summary: markdown`token ${token}`,
    };
  },
});

const repeat = defineJob({
  name: 'repeat',
  description: 'Says what it is given in every way that a job has, and fails with it.',
  surfaces: ['action', 'command'],
  inputs: { texts: { type: 'text', description: 'File with a list of texts', required: true } },
  outputs: { all: 'All of them' },
  async run({ texts: file }, { reporter }) {
    const texts = JSON.parse(await readFile(file, 'utf8')) as string[];
    for (const text of texts) {
      await reporter.phase(text, async () => {
        reporter.line(text);
        reporter.progress(text);
        reporter.warning(text);
      });
    }
    return {
      outputs: { all: texts.join('\n') },
      text: texts,
      isDiff: true,
      json: texts,
      summary: markdownLines(texts.map((text) => markdown`- ${text}`)),
      failure: { kind: 'failed', reason: texts.join('\n') },
    };
  },
});

const refuse = defineJob({
  name: 'refuse',
  description: 'Says no.',
  surfaces: ['action', 'command'],
  inputs: {},
  outputs: { verdict: 'The answer' },
  async run() {
    return {
      outputs: { verdict: 'fail' },
      text: ['no'],
      json: { verdict: 'fail' },
      summary: markdown`no`,
      failure: { kind: 'refused', reason: 'Not in this order' },
    };
  },
});

const fail = defineJob({
  name: 'fail',
  description: 'Fails in the way that is asked for.',
  surfaces: ['action', 'command'],
  inputs: {
    how: { type: 'text', description: 'failed, usage, refused, the code of a system error, or defect', required: true },
  },
  outputs: {},
  async run({ how }) {
    const cause = new Error('connection reset');
    if (how === 'failed')
      throw new DeliveryError('Cluster dev failed', { code: 'Unreachable', retryable: true, cause });
    if (how === 'usage') throw new DeliveryError('Mesh file is missing', { code: 'NoMeshFile', kind: 'usage' });
    if (how === 'refused') throw new DeliveryError('Plan is stale', { code: 'StalePlan', kind: 'refused' });
    if (/^E[A-Z]+$/.test(how)) throw Object.assign(new Error(`${how}: scripted`), { code: how });
    throw new TypeError('undefined is not a mesh');
  },
});

const wait = defineJob({
  name: 'wait for ever',
  description: 'Waits until it is told to stop.',
  surfaces: ['command'],
  inputs: {},
  outputs: {},
  async run(_inputs, { reporter, clock, signal }) {
    reporter.line('waiting');
    await clock.sleep(60_000, signal);
    return { outputs: {}, text: [], json: null };
  },
});

const work = defineJob({
  name: 'work',
  description: 'Says much, and leaves a file when it is through.',
  surfaces: ['action', 'command'],
  inputs: {
    out: { type: 'text', description: 'File to leave', required: true },
    rounds: { type: 'number', description: 'How long', required: true },
  },
  outputs: {},
  async run({ out, rounds }, { reporter, clock }) {
    const isRefused = rounds > 10;
    await reporter.phase(
      'Work',
      async () => {
        for (let round = 0; round < rounds; round += 1) {
          reporter.line(`round ${round}`);
          await clock.sleep(20);
        }
      },
      () => !isRefused,
    );
    await writeFile(out, 'through');
    const failure = { kind: 'refused', reason: 'too much' } as const;
    return { outputs: {}, text: ['through'], json: null, ...(isRefused ? { failure } : {}) };
  },
});

const waitAsAction = defineJob({ ...wait, name: 'wait', surfaces: ['action'] });

const tidy = defineJob({
  name: 'tidy',
  description: 'Does something at the end of the job too.',
  surfaces: ['action'],
  inputs: { token: { type: 'text', description: 'A secret', required: true } },
  outputs: {},
  async run() {
    return { outputs: {}, text: ['done'], json: null };
  },
  async post({ token }, { reporter }) {
    reporter.secret(token);
    reporter.line(`tidying up with ${token}`);
    if (token === 'wrong-key') throw new DeliveryError(`Room stays as it is: ${token}`, { code: 'NotTidied' });
  },
});

/** Jobs that do nothing but show how an entry treats its jobs. */
export const sampleJobs: readonly AnyJob[] = [greet, leak, repeat, refuse, fail, wait, waitAsAction, tidy, work];
