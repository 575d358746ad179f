import { provideBrowser } from './browser.ts';
import { runChecks } from './checks.ts';
import { runTests } from './run-tests.ts';

/** Everything CI runs: the checks, then every test but the campaign and those that need a Docker engine; the last line tells how many passed and failed. */
provideBrowser();
const checksPassed = runChecks();
if (!checksPassed) console.error('Checks failed, see above.');
const testsPassed = runTests(['--project=!campaign', '--project=!e2e', ...process.argv.slice(2)]);
if (!checksPassed || !testsPassed) process.exitCode = 1;
