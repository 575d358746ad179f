import { runCommand } from '../../src/cli.ts';
import { runAction, runPost } from '../../src/main.ts';
import { sampleJobs } from './sample-jobs.ts';

const [entry, ...words] = process.argv.slice(2);
const [name = ''] = words;
process.exitCode =
  entry === 'action'
    ? await runAction(name, sampleJobs)
    : entry === 'post'
      ? await runPost(name, sampleJobs)
      : await runCommand(words, sampleJobs);
