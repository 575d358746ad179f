import { describe, expect, test } from 'vitest';
import { htmlReport } from '../../src/record/html-report.ts';
import { timelinePlot } from '../../src/record/timeline-plot.ts';
import { upgradeRecordOf } from '../../src/record/upgrade-record.ts';
import { htmlSource, noHtml } from '../../src/text/html.ts';
import { probeResult } from '../support/rehearsal.ts';
import { at, clusterUpgrade, journal, upgradeFacts } from '../support/upgrades.ts';

const page = htmlReport(upgradeRecordOf(upgradeFacts()));

/** Corners of the area of one look, as pairs of numbers. */
function corners(svg: string, look: string): [number, number][] {
  const [, path = ''] = new RegExp(`class="revision-${look}" d="([^"]*)"`).exec(svg) ?? [];
  return [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

describe('htmlReport', () => {
  test('has a heading, the facts, and a section for each cluster with its tables', () => {
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('<h1>production: the upgrade from old to new is not at its end</h1>');
    expect(page).toContain('<dt>old bundle</dt><dd>sha256:b1</dd>');
    expect(page).toContain('<h2>one: <span class="result open">stopped</span></h2>');
    for (const title of ['Steps', 'Namespaces', 'Left to their owners']) expect(page).toContain(`<h3>${title}</h3>`);
    expect(page).toContain('<td class="short">7</td><td class="short">group main</td><td class="short">running</td>');
    expect(page).toContain('<td class="short">Pod stock/debug</td>');
    expect(page).toContain('new: 37 at the last look');
  });

  test('leaves out what there is nothing to say about', () => {
    expect(page).not.toContain('Preflight');
    expect(page).not.toContain('<h3>Gate</h3>');
    const { journal: _journal, ...bare } = clusterUpgrade();
    expect(htmlReport(upgradeRecordOf(upgradeFacts({ clusters: [bare] })))).not.toContain('<svg');
  });

  test('shows how the traffic of each cluster took it, under its phases and the steps', () => {
    const failures = [{ target: 'ingress', at: 206, count: 17, reason: 'status 503' }];
    const probed = htmlReport(
      upgradeRecordOf(
        upgradeFacts({
          clusters: [clusterUpgrade(), clusterUpgrade({ cluster: 'two', probe: probeResult({ failures }) })],
        }),
      ),
    );
    const [first = '', second = ''] = probed.split('<h2>two');
    expect(first).not.toContain('Traffic');
    expect(second).toContain('<h3>Traffic: <span class="result bad">fail</span></h3>');
    expect(second).toContain('17 of 9,000 requests failed');
    expect(second).toContain('<title>2 upgrade</title>');
    expect(second).toContain('<title>7 group main: running</title>');
    expect(second).toContain('<h3>Failed requests</h3>');
  });

  test('stands for itself: no script, and nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script|<link|<img|\ssrc=|\shref=|url\(|@import|https?:/);
    expect(page).toContain("default-src 'none'");
  });

  test('shows foreign text as text, wherever it comes from', () => {
    const evil = `"><script>alert('1')</script>&`;
    const side = { bundle: evil, istio: { version: evil, revision: evil }, chunks: [], stages: {} };
    const namespace = {
      state: 'moved' as const,
      workloads: 1,
      skipped: [{ object: evil, reason: evil, cure: evil, holdsOldRevision: false }],
    };
    const report = htmlReport(
      upgradeRecordOf(
        upgradeFacts({
          environment: evil,
          origin: { actor: evil, repository: evil, commit: evil, run: evil },
          verdict: {
            environment: evil,
            bundle: evil,
            plan: evil,
            result: 'pass',
            rules: [{ rule: 'plan', result: 'pass', facts: evil, cure: evil }],
          },
          clusters: [
            clusterUpgrade({
              cluster: evil,
              state: evil,
              code: evil,
              reason: evil,
              findings: [
                { check: 'rollout-floor', level: 'fail', object: evil, reason: evil, cure: evil, waived: evil },
              ],
              journal: journal({
                old: side,
                plan: evil,
                groups: { [evil]: { [evil]: namespace } },
                timeline: [at(0), at(10)].map((time) => ({ at: time, proxies: { [evil]: 1, [`${evil}2`]: 2 } })),
              }),
            }),
          ],
        }),
      ),
    );
    expect(report).not.toContain('<script');
    expect(report).not.toMatch(/alert\('1'\)/);
    expect(report.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(15);
  });
});

describe('timelinePlot', () => {
  const plot = (overrides: Parameters<typeof journal>[0] = {}) =>
    htmlSource(timelinePlot(journal(overrides), 1000) ?? expect.fail('there is no plot'));
  const svg = plot();

  test('stacks the old revision on the new, to scale', () => {
    const old = corners(svg, 'old');
    const fresh = corners(svg, 'new');
    const [, bottom = 0] = fresh[0] ?? [];
    const highest = (points: [number, number][]) => Math.min(...points.map(([, y]) => y));
    // 120 proxies at all times: the upper edge of the stack is level.
    const top = highest(old);
    expect(new Set(old.slice(0, old.length / 2).map(([, y]) => y))).toEqual(new Set([top]));
    expect((bottom - highest(fresh)) / (bottom - top)).toBeCloseTo(37 / 120, 2);
  });

  test('has a box for every step that was begun, numbered as in the table', () => {
    expect(svg.match(/<rect /g)).toHaveLength(7);
    expect(svg).toContain('<title>7 group main: running</title>');
  });

  test('marks the step that failed', () => {
    const failure = { step: 'group:main', code: 'X', reason: 'r', at: at(70) } as const;
    expect(plot({ failure })).toMatch(/7 group main: running, failed<\/title><rect class="step-failed"/);
  });

  test('shows a revision that is neither', () => {
    const timeline = [at(0), at(20)].map((time) => ({ at: time, proxies: { old: 3, new: 2, ancient: 4 } }));
    expect(htmlSource(timelinePlot(journal({ timeline }), 400) ?? noHtml)).toContain('<title>ancient</title>');
  });

  test('is nothing before there are two samples', () => {
    expect(timelinePlot(journal({ timeline: [{ at: at(0), proxies: { old: 1 } }] }), 400)).toBeUndefined();
  });
});
