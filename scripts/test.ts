import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecks } from './checks.ts';
import { runTool } from './run-tool.ts';

interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/** Everything CI runs: the checks, then every test; the last line tells how many tests passed and failed. */
const checksPassed = runChecks();
const folder = mkdtempSync(join(tmpdir(), 'istio-delivery-test-'));
const reportPath = join(folder, 'report.json');
const { code } = runTool(
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`, ...process.argv.slice(2)],
  { show: true },
);
const { passed, failed } = countTests(readReport(reportPath));
rmSync(folder, { recursive: true, force: true });
if (!checksPassed) console.error('Checks failed, see above.');
if (passed === 0) console.error('No test ran.');
console.log(`${passed} passed, ${failed} failed`);
if (!checksPassed || code !== 0 || failed > 0 || passed === 0) process.exitCode = 1;

function readReport(path: string): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as TestReport;
  } catch {
    return undefined;
  }
}

/** A file that broke before its tests could run counts as one failure. */
function countTests(report: TestReport | undefined): { passed: number; failed: number } {
  if (report === undefined) return { passed: 0, failed: 0 };
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((result) => result.status !== 'failed'),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}
