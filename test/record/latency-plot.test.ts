import { describe, expect, test } from 'vitest';
import { latencyPlot } from '../../src/record/latency-plot.ts';
import type { Band } from '../../src/record/plot-frame.ts';
import { htmlSource, noHtml } from '../../src/text/html.ts';
import { probeResult } from '../support/rehearsal.ts';
import { at } from '../support/upgrades.ts';

function band(number: number, from: number, to?: number, overrides: Partial<Band> = {}): Band {
  return {
    number,
    title: `part ${number}`,
    from: new Date(at(from)),
    ...(to === undefined ? {} : { to: new Date(at(to)) }),
    ...overrides,
  };
}

function plot(overrides: Parameters<typeof probeResult>[0] = {}, lanes: Band[][] = [], width = 1000): string {
  return htmlSource(latencyPlot(probeResult(overrides), lanes, width) ?? expect.fail('there is no plot'));
}

/** The heights of one curve, in pixels from the top. */
function heights(svg: string, name: string): number[] {
  const [, path = ''] = new RegExp(`class="curve latency-${name}" d="([^"]*)"`).exec(svg) ?? [];
  return [...path.matchAll(/[\d.]+,([\d.]+)/g)].map(([, y]) => Number(y));
}

describe('latencyPlot', () => {
  test('draws each curve over every second, by powers of ten', () => {
    const svg = plot();
    for (const name of ['p50', 'p99', 'max']) expect(heights(svg, name)).toHaveLength(300);
    for (const label of ['1 ms', '10 ms', '100 ms', '1 s', '10 s']) expect(svg).toContain(`>${label}</text>`);
    // The higher, the slower: no p99 under its p50.
    const [median, tail] = [heights(svg, 'p50'), heights(svg, 'p99')];
    expect(tail.every((height, index) => height <= (median[index] ?? 0))).toBe(true);
  });

  test.each<[string, Parameters<typeof probeResult>[0], string, string]>([
    ['answers under a millisecond', { spikes: [{ from: 60, to: 360, times: 0.05 }] }, '0.1 ms', '10 s'],
    ['answers after more than ten seconds', { spikes: [{ from: 200, to: 205, times: 9000 }] }, '1 ms', '1 min 40 s'],
  ])('shows %s to scale', (_name, traffic, low, high) => {
    const svg = plot(traffic);
    expect(svg).toContain(`>${low}</text>`);
    expect(svg).toContain(`>${high}</text>`);
  });

  test('names the slowest request', () => {
    const probe = probeResult();
    const slowest = Math.max(...Object.values(probe.seconds).flatMap((seconds) => seconds.map(({ max }) => max)));
    expect(plot()).toContain(`>${Math.round(slowest)} ms</text>`);
  });

  test('marks when requests failed with their number, near ones with one number', () => {
    const failures = [
      { target: 'ingress', at: 200, count: 3, reason: 'r' },
      { target: 'egress', at: 201, count: 4, reason: 'r' },
      { target: 'ingress', at: 359, count: 1, reason: 'r' },
    ];
    const svg = plot({ failures });
    expect(svg.match(/<rect class="failed"/g)).toHaveLength(3);
    expect([...svg.matchAll(/class="failed-count"[^>]*>(\d+)</g)].map(([, count]) => count)).toEqual(['7', '1']);
    expect(svg).not.toContain('none-failed');
  });

  test('says so when no request failed', () => {
    expect(plot()).toMatch(/class="none-failed"[^>]*>none</);
  });

  test('breaks the curves, and says so, where nothing was asked', () => {
    const { seconds } = probeResult({ targets: ['one'] });
    const holed = { one: (seconds['one'] ?? []).filter((_, index) => index < 100 || index >= 110) };
    const svg = htmlSource(latencyPlot({ seconds: holed }, [], 1000) ?? noHtml);
    expect(svg.match(/<rect class="silent"/g)).toHaveLength(10);
    const [, path = ''] = /class="curve latency-p99" d="([^"]*)"/.exec(svg) ?? [];
    expect(path.match(/M/g)).toHaveLength(2);
  });

  test('names the bands that have room, numbers the others, and marks what failed', () => {
    const svg = plot({}, [
      [band(1, 60, 120, { name: 'before' }), band(2, 120, 128, { name: 'upgrade' }), band(3, 128, 129)],
      [band(4, 200, 260, { failed: true })],
    ]);
    expect(svg).toContain('>1 before</text>');
    expect(svg).toContain('>2</text>');
    expect(svg).not.toContain('2 upgrade<');
    expect(svg).toMatch(/<title>part 4<\/title><rect class="step-failed" [^>]*y="20"/);
    expect(svg.match(/<title>part \d/g)).toHaveLength(4);
  });

  test('shows of a band what lies in the time that was measured', () => {
    const svg = plot({}, [[band(1, 0, 27), band(2, 30, 90), band(3, 350), band(4, 400, 500)]]);
    expect(svg.match(/<title>part (\d)/g)).toEqual(['<title>part 2', '<title>part 3']);
    const edges = [...svg.matchAll(/<rect class="step" x="([\d.]+)" y="0" width="([\d.]+)"/g)].map(([, x, width]) => [
      Number(x),
      Number(x) + Number(width),
    ]);
    expect(edges[0]?.[0]).toBe(52);
    expect(edges[1]?.[1]).toBeCloseTo(988, 0);
  });

  test('shows foreign text as text', () => {
    expect(plot({}, [[band(1, 60, 300, { title: '<script>', name: '<b>' })]])).not.toMatch(/<script>|<b>/);
  });

  test.each([1000, 380])('stays small for an hour of data at a width of %i', (width) => {
    const svg = plot({ to: 3660 }, [], width);
    expect(heights(svg, 'p99').length).toBeLessThanOrEqual(600);
    expect(heights(svg, 'p99').length).toBeGreaterThan(150);
    expect(svg.length).toBeLessThan(60_000);
  });

  test('is nothing before two points were measured', () => {
    expect(latencyPlot({ seconds: {} }, [], 1000)).toBeUndefined();
    expect(latencyPlot(probeResult({ to: 61 }), [], 1000)).toBeUndefined();
  });
});
