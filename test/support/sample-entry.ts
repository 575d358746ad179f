import { runCommand } from '../../src/cli.ts';
import { runAction } from '../../src/main.ts';
import { sampleJobs } from './sample-jobs.ts';

const [entry, ...words] = process.argv.slice(2);
process.exitCode =
  entry === 'action' ? await runAction(words[0] ?? '', sampleJobs) : await runCommand(words, sampleJobs);
