import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

/** Runs vitest with these words, shows what it prints, ends with how many tests passed and failed, and tells whether all did. */
export function runTests(words: readonly string[]): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'istio-delivery-report-'));
  const reportPath = join(folder, 'report.json');
  const { code } = runTool(
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`, ...words],
    { show: true },
  );
  const { passed, failed } = countTests(readReport(reportPath));
  rmSync(folder, { recursive: true, force: true });
  if (passed === 0) console.error('No test ran.');
  console.log(`${passed} passed, ${failed} failed`);
  return code === 0 && failed === 0 && passed > 0;
}

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
