import { describe, expect, test } from 'vitest';
import { htmlReport } from '../../src/record/html-report.ts';
import { upgradeRecordOf } from '../../src/record/upgrade-record.ts';
import { upgradeMarkdown, upgradeText } from '../../src/record/upgrade-summary.ts';
import { markdownSource } from '../../src/text/markdown.ts';
import { probeResult } from '../support/rehearsal.ts';
import { at, clusterUpgrade, journal, stepEntries, upgradeFacts } from '../support/upgrades.ts';

const failed = clusterUpgrade({
  result: 'failed',
  code: 'WorkloadUnhealthy',
  reason: 'Deployment stock/api is not ready | <b>\nsecond line',
  journal: journal({
    failure: { step: 'group:main', code: 'WorkloadUnhealthy', reason: 'not ready', at: at(74) },
  }),
  findings: [
    { check: 'rollout-floor', level: 'fail', object: 'Deployment shop/a', reason: 'r1', cure: 'c1', waived: 'known' },
    { check: 'rollout-floor', level: 'warn', reason: 'r2', cure: 'c2' },
  ],
});
const record = upgradeRecordOf(upgradeFacts({ clusters: [failed] }));

describe('upgradeText', () => {
  test('says where each cluster stands, why, and what holds up finish', () => {
    const lines = upgradeText(record);
    expect(lines[0]).toBe('production: the upgrade from old to new failed');
    expect(lines).toContain('  one: failed (WorkloadUnhealthy): old and new run side by side');
    expect(lines.join('\n')).not.toContain('Deployment stock/api is not ready');
    expect(lines).toContain('    1   preflight       done             10:00:00  10 s');
    expect(lines).toContain('    7   group main      running, failed  10:01:00');
    expect(lines).toContain('    group main: 1 of 2 namespaces moved, 32 workloads');
    expect(lines).toContain('      Pod stock/debug: is a bare pod; delete it');
    expect(lines.at(-1)).toBe('  plan sha256:p1');
  });

  test('says so when nothing was begun', () => {
    const none = { cluster: 'one', result: 'not started', state: 'no upgrade was ever begun', findings: [] } as const;
    const text = upgradeText(
      upgradeRecordOf(upgradeFacts({ command: 'status', clusters: [{ ...none, findings: [] }] })),
    ).join('\n');
    expect(text).toContain('production: no upgrade from its revision to new was begun');
    expect(text).toContain('  one: not started: no upgrade was ever begun');
  });

  test('says why an upgrade that is open does not go on, whoever looks', () => {
    const { code: _code, reason: _reason, ...looked } = failed;
    const seen = upgradeRecordOf(upgradeFacts({ command: 'status', clusters: [{ ...looked, result: 'stopped' }] }));
    const told = `step group main failed at ${at(74)} (WorkloadUnhealthy): not ready`;
    expect(upgradeText(seen).join('\n')).toContain(`    ${told}`);
    expect(markdownSource(upgradeMarkdown(seen))).toContain(`**Failure**: ${told}`);
    expect(htmlReport(seen)).toContain(`<strong>Failure</strong> ${told}</p>`);
  });

  test('says until when a step soaks', () => {
    const steps = stepEntries(6).map((entry) =>
      entry.status === 'running' ? { ...entry, soakUntil: at(600) } : entry,
    );
    const soaking = clusterUpgrade({ journal: journal({ steps }) });
    expect(upgradeText(upgradeRecordOf(upgradeFacts({ clusters: [soaking] }))).join('\n')).toContain(
      'soaks until 10:10:00',
    );
  });
});

describe('upgradeMarkdown', () => {
  const markdown = markdownSource(upgradeMarkdown(record));

  test('has the steps, the groups, what was left, what preflight found, and what to do next', () => {
    expect(markdown).toContain('### production: the upgrade from old to new failed');
    expect(markdown).toContain('| 7 | group main | running, failed | 10:01:00 |  |');
    expect(markdown).toContain('- group canary: 1 of 1 namespaces moved, 5 workloads');
    expect(markdown).toContain('| main | stock | moving | 0 | 1 |');
    expect(markdown).toContain('| Pod stock/debug | is a bare pod | delete it | yes |');
    expect(markdown).toContain('| rollout-floor | waived | Deployment shop/a | r1 | waived: known |');
    expect(markdown).toContain('resume, which goes on where it stopped');
  });

  test('keeps text from a cluster inside its line', () => {
    expect(markdown).toContain('Deployment stock/api is not ready \\| &lt;b&gt; second line');
    expect(markdown).not.toContain('<b>');
  });

  test('tells how the traffic of a cluster took it', () => {
    const probed = upgradeRecordOf(upgradeFacts({ clusters: [{ ...failed, probe: probeResult() }] }));
    expect(markdownSource(upgradeMarkdown(probed))).toContain('**Traffic: pass**, 0 of 9,000 requests failed');
    expect(markdownSource(upgradeMarkdown(probed))).toContain('xychart-beta');
    expect(upgradeText(probed).join('\n')).toContain('    traffic: pass: 0 of 9,000 requests failed');
    expect(markdown).not.toContain('Traffic');
  });
});
