import { parseArgs } from 'node:util';
import { runTests } from './run-tests.ts';

/**
 * Too long for CI: upgrades whose process is killed at every side of every journal write, and at random, 260 times on a
 * small mesh and ten times on a large one; promotions that race. `--seed <number>` chooses what is random, words choose
 * test files; the last line tells how many tests passed and failed.
 */
const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true });
const seed = values.seed ?? String(Math.trunc(Math.random() * 2 ** 31));
process.env.CAMPAIGN_SEED = seed;
console.log(`seed ${seed}; repeat with: npm run campaign -- --seed ${seed}`);
// One cluster at a time: the tests of a mesh wait for what its controllers do.
if (!runTests(['--project=campaign', '--no-file-parallelism', ...positionals])) process.exitCode = 1;
