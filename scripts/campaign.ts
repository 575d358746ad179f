import { parseArgs } from 'node:util';
import { runTests } from './run-tests.ts';

/**
 * Too long for CI: upgrades whose process is killed at every side of every journal write, and at random, 260 times on a
 * small mesh and ten times on a large one; promotions that race; files of every kind damaged at random, 20,000 of each,
 * 160,000 mesh files, 3,000,000 texts against runner commands. `--seed <number>` chooses what is random, `--runs <number>`
 * how many damages of each kind; words choose test files. The last line tells how many tests passed and failed.
 */
const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string' } },
  allowPositionals: true,
});
const seed = values.seed ?? String(Math.trunc(Math.random() * 2 ** 31));
process.env.CAMPAIGN_SEED = seed;
if (values.runs !== undefined) process.env.CAMPAIGN_RUNS = values.runs;
console.log(`seed ${seed}; repeat with: npm run campaign -- --seed ${seed}`);
// One cluster at a time: the tests of a mesh wait for what its controllers do.
if (!runTests(['--project=campaign', '--no-file-parallelism', ...positionals])) process.exitCode = 1;
