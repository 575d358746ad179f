import { describe, expect, test } from 'vitest';
import type { RehearsalRecord } from '../../src/record/rehearsal-record.ts';
import { rehearsalReport } from '../../src/record/rehearsal-report.ts';
import { nothingMeasured } from '../support/nothing-measured.ts';
import { part, probeResult, rehearsalRecord } from '../support/rehearsal.ts';
import { at, clusterUpgrade } from '../support/upgrades.ts';

const page = rehearsalReport(rehearsalRecord());

/** The cells of the row of one measure of one target. */
function cellsOf(html: string, target: string, measure: string): string[] {
  const [, body = ''] = new RegExp(`scope="rowgroup"[^>]*>${target}</th>([\\s\\S]*?)</tbody>`).exec(html) ?? [];
  const [, row = ''] = new RegExp(`<th scope="row">${measure}</th>(.*?)</tr>`).exec(body) ?? [];
  return [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = '']) => cell.replaceAll(/<[^>]*>/g, ''));
}

describe('rehearsalReport', () => {
  test('begins with the verdict and its reasons', () => {
    expect(page).toContain('<h1>rehearsal of 1-30-2 → 1-31-0 for production: pass, 0 of 9,000 requests failed</h1>');
    expect(page).toContain('<li>pass: 0 of 9,000 requests failed, 3 of 3 checks passed</li>');
    const failed = rehearsalReport(rehearsalRecord({ result: 'fail', reasons: ['p99 of ingress is 2,000 ms'] }));
    expect(failed).toMatch(/<ul class="reasons bad-edge">[\s\S]*<li>p99 of ingress is 2,000 ms<\/li>/);
    expect(failed.indexOf('2,000 ms')).toBeLessThan(failed.indexOf('<dl>'));
  });

  test('tells what was rehearsed, where, by whom and when', () => {
    for (const fact of [
      '<dt>from</dt><dd>revision 1-30-2, Istio 1.30.2</dd>',
      '<dt>cluster</dt><dd>kind, Kubernetes 1.34.2</dd>',
      '<dt>by</dt><dd>someone, acme/mesh, 736f52e</dd>',
      '<dt>new bundle</dt><dd>sha256:b2</dd>',
    ]) {
      expect(page).toContain(fact);
    }
    expect(page).toContain('(6 min 12 s)');
  });

  test('has the plot in both widths, the parts and the steps marked in it', () => {
    expect(page.match(/aria-label="Latency and failed requests over time"/g)).toHaveLength(2);
    expect(page).toContain('<title>6 upgrade: done</title>');
    expect(page).toContain('<title>8 gateway-switch: undone</title>');
  });

  test('marks a step once that two runs of the same upgrade tell of', () => {
    const [plot = ''] = /<svg[^>]*aria-label="Latency[\s\S]*?<\/svg>/.exec(page) ?? [];
    expect(plot.match(/<title>8 gateway-switch/g)).toHaveLength(1);
  });

  test('lays the phases of each target side by side and says what became slower', () => {
    expect(page).toMatch(/measure<\/th>.*>before<.*>upgrade<.*>rollback<.*>after</);
    expect(cellsOf(page, 'ingress', 'requests')).toEqual(['600', '1,200', '600', '600']);
    const [before = '', upgrade = '', rollback = ''] = cellsOf(page, 'ingress', 'p99, ms');
    expect(before).toMatch(/^\d+$/);
    expect(upgrade).toMatch(/^\d+ ×[\d.]+$/);
    const [, times = 0] = upgrade.split(' ×').map(Number);
    expect(times).toBeCloseTo(Number(upgrade.split(' ')[0]) / Number(before), 0);
    expect(rollback).toMatch(/^\d+$/);
  });

  test('compares with the baseline alone', () => {
    const phases = [
      { name: 'upgrade', from: 120, to: 240 },
      { name: 'after', from: 240, to: 360 },
    ];
    const report = rehearsalReport(rehearsalRecord({ probe: probeResult({ phases }) }));
    expect(cellsOf(report, 'ingress', 'max, ms').join(' ')).toMatch(/^\d+ \d+$/);
  });

  test('has the checks, the parts with their seconds, Prometheus, the upgrades and the overlay', () => {
    expect(page).toContain('12 of 12 proxies of new have acknowledged everything');
    expect(page).toContain(
      '<td class="short">upgrade</td><td class="short">done</td><td class="short">10:02:00</td><td class="short">120.0</td>',
    );
    expect(page).toContain('<h3>Prometheus</h3>');
    expect(page).toContain('<h2>rehearsal: <span class="result good">rolled back</span></h2>');
    expect(page).toContain('Deployment istio-system/istiod-1-31-0');
    expect(page).toContain('the size of the machine');
  });

  test('lists failed requests with second, target and reason', () => {
    const failures = [{ target: 'ingress', at: 206, count: 17, reason: 'status 503' }];
    const failed = rehearsalReport(rehearsalRecord({ probe: probeResult({ failures }) }));
    expect(failed).toContain(
      '<td class="short">10:03:26</td><td class="short">ingress</td><td class="short">status 503</td><td class="short">17</td>',
    );
    expect(failed).toContain('<td class="number bad">17</td>');
  });

  test('shows of many failures the first, and how many more there are', () => {
    const failures = Array.from({ length: 290 }, (_, second) => ({
      target: 'ingress',
      at: 60 + second,
      count: 1,
      reason: 'status 503',
    }));
    const failed = rehearsalReport(rehearsalRecord({ probe: probeResult({ failures }) }));
    expect(failed.match(/>status 503</g)).toHaveLength(200);
    expect(failed).toContain('>and 90 more<');
  });

  test('says of failures outside the phases that they are not judged', () => {
    const failures = [{ target: 'ingress', at: 62, count: 3, reason: 'status 503' }];
    const phases = [{ name: 'upgrade', from: 120, to: 360 }];
    const early = rehearsalReport(rehearsalRecord({ probe: probeResult({ failures, phases }) }));
    expect(early).toContain('pass, 0 of 7,200 requests failed</h1>');
    expect(early).toContain('<p>0 of 7,200 requests failed; 3 more failed outside the phases, and are not judged; ');
  });

  test('does not say twice what the verdict says already', () => {
    const failures = [{ target: 'ingress', at: 206, count: 17, reason: 'status 503' }];
    const probe = probeResult({ failures });
    const failed = rehearsalReport(rehearsalRecord({ result: 'fail', reasons: probe.verdict.reasons, probe }));
    expect(failed.match(/<li>17 requests failed<\/li>/g)).toHaveLength(1);
  });

  test.each<[string, Partial<RehearsalRecord>, RegExp]>([
    [
      'inconclusive',
      { result: 'inconclusive', reasons: ['the probe was not running'] },
      /<ul class="reasons open-edge">\n<li>inconclusive: .*<\/li>\n<li>the probe was not running<\/li>/,
    ],
    ['without phases', { probe: { ...probeResult(), thresholds: [], phases: [] } }, /<h3>Prometheus/],
    ['with a phase in which nothing was measured', { probe: probeResult({ to: 240 }) }, /<td class="number">–<\/td>/],
    [
      'with a probe that measured nothing',
      { probe: nothingMeasured({ result: 'inconclusive', reasons: ['no samples'] }) },
      /no request was measured[\s\S]*<li>no samples<\/li>/,
    ],
    [
      'that broke off',
      { parts: [{ ...part('cluster', 0, 3), result: 'failed', code: 'NoDocker', reason: 'no engine' }] },
      /<td class="short">NoDocker<\/td>/,
    ],
  ])('can be %s', (_name, overrides, expected) => {
    const report = rehearsalReport(rehearsalRecord(overrides));
    expect(report).toMatch(expected);
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('can be of a first install whose traffic was never begun', () => {
    const { from: _from, probe: _probe, ...rest } = rehearsalRecord({ upgrades: [], overlay: [] });
    const report = rehearsalReport(rest);
    expect(report).toContain(
      'rehearsal of a first install of 1-31-0 for production: pass, the traffic was never begun',
    );
    expect(report).toContain('<dt>from</dt><dd>nothing: a first install</dd>');
    expect(report).not.toContain('<svg');
    expect(report).not.toContain('Overlay');
  });

  test('stays a page of some hundred kilobytes for an hour of data', () => {
    const probe = probeResult({ to: 3660, phases: [{ name: 'upgrade', from: 60, to: 3660 }] });
    expect(rehearsalReport(rehearsalRecord({ probe })).length).toBeLessThan(300_000);
  });

  test('stands for itself: no script, and nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<link|<img|\ssrc=|\shref=|url\(|@import|https?:/);
    expect(page).toContain("default-src 'none'");
  });

  test('shows foreign text as text, wherever it comes from', () => {
    const evil = `"><script>alert('1')</script>&`;
    const probe = probeResult({
      targets: [evil],
      failures: [{ target: evil, at: 206, count: 1, reason: evil }],
      phases: [{ name: evil, from: 60, to: 360 }],
    });
    const report = rehearsalReport(
      rehearsalRecord({
        mesh: evil,
        environment: evil,
        cluster: evil,
        from: { bundle: evil, istio: { version: evil, revision: evil } },
        to: { bundle: evil, istio: { version: evil, revision: evil } },
        origin: { actor: evil, repository: evil, commit: evil, run: evil },
        reasons: [evil],
        parts: [{ ...part(evil, 60, 360), result: 'failed', code: evil, reason: evil }],
        overlay: [{ object: evil, field: evil, reason: evil }],
        upgrades: [clusterUpgrade({ cluster: evil, state: evil, code: evil, reason: evil })],
        probe: {
          ...probe,
          verdict: { result: 'fail', reasons: [`${evil} again`] },
          metrics: [{ name: evil, phase: evil, result: 'fail', reason: evil }],
          checks: [{ name: evil, phase: evil, result: 'fail', facts: evil }],
        },
        started: at(0),
      }),
    );
    expect(report).not.toContain('<script');
    expect(report).not.toMatch(/alert\('1'\)/);
    expect(report.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(25);
  });
});
