import { runChecks } from './checks.ts';
import { runTests } from './run-tests.ts';

/** Everything CI runs: the checks, then every test but the campaign; the last line tells how many passed and failed. */
const checksPassed = runChecks();
if (!checksPassed) console.error('Checks failed, see above.');
const testsPassed = runTests(['--project=!campaign', ...process.argv.slice(2)]);
if (!checksPassed || !testsPassed) process.exitCode = 1;
