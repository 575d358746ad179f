import { describe, expect, test } from 'vitest';
import type { RehearsalRecord } from '../../src/record/rehearsal-record.ts';
import { rehearsalReport } from '../../src/record/rehearsal-report.ts';
import { rehearsalMarkdown, rehearsalText, rehearsalTitle } from '../../src/record/rehearsal-summary.ts';
import { markdownSource } from '../../src/text/markdown.ts';
import { part, probeResult, rehearsalRecord } from '../support/rehearsal.ts';

const many = Array.from({ length: 290 }, (_, second) => ({
  target: 'ingress',
  at: 60 + second,
  count: 2,
  reason: 'status 503 | <b>',
}));
const failed = rehearsalRecord({
  result: 'fail',
  reasons: ['580 of 9,000 requests failed | <b>\nsecond line'],
  probe: probeResult({ failures: many }),
});

/** The numbers of the chart's line. */
function chartLine(markdown: string): number[] {
  const [, numbers = ''] = /^ {4}line \[(.*)\]$/m.exec(markdown) ?? [];
  return numbers.split(', ').map(Number);
}

describe('rehearsalTitle', () => {
  test.each<[Partial<RehearsalRecord>, string]>([
    [{}, 'rehearsal of 1-30-2 → 1-31-0 for production: pass, 0 of 9,000 requests failed'],
    [failed, 'rehearsal of 1-30-2 → 1-31-0 for production: fail, 580 of 9,000 requests failed'],
    [
      { from: { bundle: 'sha256:b1', istio: { version: '1.31.0', revision: '1-31-0' } } },
      'rehearsal of a change of 1-31-0 for production: pass, 0 of 9,000 requests failed',
    ],
    [
      { result: 'inconclusive', probe: { ...probeResult(), phases: [] } },
      'rehearsal of 1-30-2 → 1-31-0 for production: inconclusive, no request was measured',
    ],
  ])('says what was rehearsed and how it went: %#', (overrides, title) => {
    expect(rehearsalTitle(rehearsalRecord(overrides))).toBe(title);
  });
});

describe('rehearsalMarkdown', () => {
  const markdown = markdownSource(rehearsalMarkdown(rehearsalRecord()));

  test('has the verdict, the targets by phase, the checks, the parts and the overlay', () => {
    expect(markdown).toContain('### rehearsal of 1-30-2 → 1-31-0 for production: pass');
    expect(markdown).toContain('Mesh acme, Istio 1.30.2 → 1.31.0 · kind, Kubernetes 1.34.2 · 6 min 12 s');
    expect(markdown).toMatch(/\| ingress \| before \| 600 \| 0 \| [\d.]+ \| [\d.]+ \| \d+ \| \d+ \|/);
    expect(markdown).toMatch(/\| ingress \| upgrade \| 1,200 \| 0 \|/);
    expect(markdown).toMatch(/worst target: p99 \d+ ms before, \d+ ms since; max \d+ ms before, \d+ ms since/);
    expect(markdown).toContain('| 6 | upgrade | done | 10:02:00 | 120.0 |');
    expect(markdown).toContain('| webhooks | after | pass | the injectors of new give a pod its proxy |');
    expect(markdown).toContain('<details><summary>Overlay (2)</summary>');
  });

  test('compares with nothing where there was no baseline', () => {
    const probe = probeResult({ phases: [{ name: 'after', from: 60, to: 360 }] });
    const text = markdownSource(rehearsalMarkdown(rehearsalRecord({ probe })));
    expect(text).toMatch(/; worst target: p99 \d+ ms; max \d+ ms; 3 of 3 checks passed\n/);
  });

  test('has no table of failures where none failed', () => {
    expect(markdown).not.toContain('Failed requests');
  });

  test('draws the p99 in a chart whose axes hold it', () => {
    const values = chartLine(markdown);
    expect(values).toHaveLength(30);
    const [, top = 0] = (/y-axis "ms" 0 --> (\d+)/.exec(markdown) ?? []).map(Number);
    expect(Math.max(...values)).toBeLessThanOrEqual(top);
    expect(markdown).toContain('x-axis "seconds after 10:01:00 UTC" 0 --> 290');
  });

  test('draws an hour in at most forty points, and a time without an answer as 0', () => {
    const { seconds } = probeResult({ targets: ['one'], to: 3660 });
    const holed = { one: (seconds['one'] ?? []).filter((_, index) => index < 1000 || index >= 1400) };
    const chart = markdownSource(rehearsalMarkdown(rehearsalRecord({ probe: { ...probeResult(), seconds: holed } })));
    expect(chartLine(chart).length).toBeLessThanOrEqual(40);
    expect(chartLine(chart)).toContain(0);
    expect(chart).toContain('at 0 where nothing was measured');
    expect(markdown).not.toContain('at 0 where nothing was measured');
  });

  test('keeps foreign text inside its line', () => {
    const text = markdownSource(rehearsalMarkdown(failed));
    expect(text).toContain('- 580 of 9,000 requests failed \\| &lt;b&gt; second line');
    expect(text).not.toContain('<b>');
  });

  test('folds the failures, and shows no more of them than a summary holds', () => {
    const text = markdownSource(rehearsalMarkdown(failed));
    expect(text).toContain('<summary>Failed requests (290)</summary>');
    expect(text.match(/\| 10:0\d:\d\d \| ingress \|/g)).toHaveLength(100);
    expect(text).toContain('| and 190 more |  |  |  |');
  });

  test('is short where the traffic was never begun', () => {
    const { probe: _probe, from: _from, ...rest } = rehearsalRecord({ upgrades: [], differences: [], overlay: [] });
    const text = markdownSource(rehearsalMarkdown({ ...rest, result: 'inconclusive' }));
    expect(text).toContain('### rehearsal of a first install of 1-31-0 for production: inconclusive');
    expect(text).not.toMatch(/mermaid|details|undefined|NaN/);
  });
});

describe('what is still to be done in the environment', () => {
  const record = rehearsalRecord({
    soaks: [
      { of: 'group canary', seconds: 1800, rehearsed: 0 },
      { of: 'the whole mesh', seconds: 86_400, rehearsed: 60 },
    ],
    notes: [{ id: '1.31-registries-retired', title: 'Registries are retired' }],
  });
  const lines = [
    'group canary soaks for 30 min in the environment, and did for none of it here',
    'the whole mesh soaks for 24 h in the environment, and did for 1 min here',
    'the upgrade note 1.31-registries-retired was taken as read, and is to be acknowledged: Registries are retired',
  ];

  test('is in the text, the summary and the report', () => {
    for (const line of lines) {
      expect(rehearsalText(record)).toContain(`  ${line}`);
      expect(markdownSource(rehearsalMarkdown(record))).toContain(`- ${line}`);
      expect(rehearsalReport(record)).toContain(line);
    }
  });

  test('is not mentioned where there is none', () => {
    expect(markdownSource(rehearsalMarkdown(rehearsalRecord()))).not.toContain('Still to be done');
    expect(rehearsalReport(rehearsalRecord())).not.toContain('Still to be done');
  });
});

describe('what was asked and what was not', () => {
  const target = { rate: 5, workloads: ['Deployment shop/cart'] };
  const record = rehearsalRecord({
    asked: [
      { ...target, target: 'ingress', of: 'sample', how: 'GET http://ingress.istio-gateways:80/' },
      { ...target, target: 'cart', of: 'team', what: 'Service shop/cart port http', how: 'GET http://cart.shop:80/' },
    ],
    notAsked: [{ what: 'Deployment shop/client', why: 'no Service leads to it' }],
    workloads: [
      { workload: 'Deployment shop/cart', targets: ['cart'], state: 'ready', restarts: 2, away: 4000, findings: [] },
      {
        workload: 'Deployment shop/client',
        targets: [],
        state: 'ready',
        restarts: 0,
        away: 0,
        requests: { answered: 1949, failed: 13 },
        findings: [],
      },
    ],
  });

  test('is in the text, the summary and the report', () => {
    const text = rehearsalText(record);
    expect(text).toContain('  not asked: Deployment shop/client: no Service leads to it');
    expect(text).toContain(
      '    Deployment shop/cart    cart      ready       2         4 s                  not known',
    );
    expect(text).toContain(
      '    Deployment shop/client  nothing   ready       0         never                13 of 1,949 failed',
    );
    const summary = markdownSource(rehearsalMarkdown(record));
    expect(summary).toContain('- Deployment shop/client: no Service leads to it');
    expect(summary).toContain('<summary>What was asked (2)</summary>');
    expect(summary).toMatch(/\| cart \| the team \| Service shop\/cart port http \| GET http\S+ \| 5 \|/);
    const report = rehearsalReport(record);
    for (const title of ['What was asked', 'Not asked', 'Workloads of the team']) {
      expect(report).toContain(`<h3>${title}</h3>`);
    }
    expect(report).toContain('no Service leads to it');
  });

  test('is not mentioned where there is nothing to say', () => {
    expect(markdownSource(rehearsalMarkdown(rehearsalRecord()))).not.toContain('Not asked');
    expect(rehearsalReport(rehearsalRecord())).not.toContain('Not asked');
  });
});

describe('rehearsalText', () => {
  test('says how it went, part by part and target by target', () => {
    const lines = rehearsalText(rehearsalRecord());
    expect(lines[0]).toBe('rehearsal of 1-30-2 → 1-31-0 for production: pass, 0 of 9,000 requests failed');
    expect(lines).toContain('    6  upgrade    done    10:02:00  120.0');
    expect(lines).toContain('    proxies       after  pass    12 of 12 proxies of new have acknowledged everything');
    expect(lines).toContain('  upgrade: rolled back: all workloads run with old');
    expect(lines).toContain('  overlay: 2 fields otherwise than in the bundles');
    expect(lines.some((line) => /^ {4}egress {3}rollback {2}600 /.test(line))).toBe(true);
    expect(lines.at(-1)).toBe('  to sha256:b2');
  });

  test('leaves why it is no pass to the end of the run, and shows the first failures', () => {
    const text = rehearsalText(failed).join('\n');
    expect(text).not.toContain('580 of 9,000 requests failed | <b>');
    expect(text.match(/status 503/g)).toHaveLength(10);
    expect(text).toContain('and 280 more');
  });

  test('says which part failed', () => {
    const parts = [{ ...part('cluster', 0, 3), result: 'failed' as const, code: 'NoDocker', reason: 'no engine' }];
    expect(rehearsalText(rehearsalRecord({ parts })).join('\n')).toMatch(
      /1 {2}cluster {2}failed {2}10:00:00 {2}3\.0 {6}NoDocker$/m,
    );
  });
});
