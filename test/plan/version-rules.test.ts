import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareReleases, minorOf, supportOf } from '../../src/plan/istio-support.ts';
import { byRevisionRule, inPlaceRule } from '../../src/plan/version-rules.ts';

const number = fc.nat(60);
const version = fc.tuple(fc.constantFrom(1, 2), number, number).map((numbers) => numbers.join('.'));

/** A version of another patch of the same minor. */
function withPatch(of: string, patch: number): string {
  return of.replace(/\d+$/, String(patch));
}

describe('a move in place', () => {
  test.each([
    ['1.31.0', '1.31.0'],
    ['1.31.0', '1.31.4'],
    ['1.31.4', '1.31.0'],
    ['1.30.5', '1.31.0'],
    ['1.31.0', '1.30.5'],
  ])('from %s to %s is allowed', (from, to) => {
    expect(inPlaceRule(from, to)).toBeUndefined();
  });

  test.each<[string, string, RegExp, string]>([
    ['1.29.9', '1.31.0', /1\.31\.0 is 2 minor versions above 1\.29\.9; in place it may be 1/, 'go to 1.30 first'],
    ['1.31.0', '1.29.9', /1\.29\.9 is 2 minor versions below 1\.31\.0/, 'go to 1.30 first'],
    ['1.31.0', '2.0.0', /different major versions/, 'follow what Istio says about moving between them'],
    ['1.31', '1.31.0', /"1\.31" is no version/, 'give versions in full, as 1.31.0'],
  ])('from %s to %s is refused', (from, to, reason, cure) => {
    expect(inPlaceRule(from, to)).toEqual({ reason: expect.stringMatching(reason), cure });
  });
});

describe('a move by revision', () => {
  test.each([
    ['1.31.0', '1.31.0'],
    ['1.29.9', '1.31.0'],
    ['1.30.5', '1.31.0'],
    ['1.31.0', '1.30.5'],
    ['1.31.9', '1.31.0'],
  ])('from %s to %s is allowed', (from, to) => {
    expect(byRevisionRule(from, to)).toBeUndefined();
  });

  test.each<[string, string, RegExp, string]>([
    ['1.28.3', '1.31.0', /3 minor versions above 1\.28\.3; by revision it may be 2/, 'go to 1.30 first'],
    ['1.31.0', '1.29.0', /2 minor versions below 1\.31\.0; by revision it may be 1/, 'go to 1.30 first'],
    ['2.0.0', '1.31.0', /different major versions/, 'follow what Istio says about moving between them'],
    ['1.31.0', 'latest', /"latest" is no version/, 'give versions in full, as 1.31.0'],
  ])('from %s to %s is refused', (from, to, reason, cure) => {
    expect(byRevisionRule(from, to)).toEqual({ reason: expect.stringMatching(reason), cure });
  });
});

describe.each([
  ['in place', inPlaceRule, 1],
  ['by revision', byRevisionRule, 2],
] as const)('the rule for moves %s', (_way, rule, reach) => {
  const allows = (from: string, to: string) => rule(from, to) === undefined;

  test('lets every version stay', () => {
    fc.assert(fc.property(version, (one) => allows(one, one)));
  });

  test('never looks at patches', () => {
    fc.assert(
      fc.property(version, version, number, number, (from, to, first, second) => {
        expect(allows(withPatch(from, first), withPatch(to, second))).toBe(allows(from, to));
      }),
    );
  });

  test('never crosses a major version', () => {
    fc.assert(fc.property(number, number, (old, next) => !allows(`1.${old}.0`, `2.${next}.0`)));
  });

  test('allows every minor version between two that it allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -1, max: reach }), (from, steps) => {
        const to = from + steps;
        expect(allows(`1.${from}.0`, `1.${to}.0`)).toBe(true);
        for (let between = Math.min(from, to); between <= Math.max(from, to); between += 1) {
          expect(allows(`1.${from}.0`, `1.${between}.0`) && allows(`1.${between}.0`, `1.${to}.0`)).toBe(true);
        }
      }),
    );
  });

  test('refuses with a cure that it allows itself, and that comes nearer', () => {
    fc.assert(
      fc.property(number, number, (from, to) => {
        const refusal = rule(`1.${from}.0`, `1.${to}.0`);
        fc.pre(refusal !== undefined);
        const stop = Number(/go to 1\.(\d+) first/.exec(refusal?.cure ?? '')?.[1]);
        expect(allows(`1.${from}.0`, `1.${stop}.0`)).toBe(true);
        expect(Math.abs(to - stop)).toBeLessThan(Math.abs(to - from));
      }),
    );
  });

  test('lets one go back wherever one has gone up by one', () => {
    fc.assert(
      fc.property(
        number,
        (from) => allows(`1.${from}.0`, `1.${from + 1}.0`) && allows(`1.${from + 1}.0`, `1.${from}.0`),
      ),
    );
  });

  test('reaches no further than it says', () => {
    fc.assert(
      fc.property(
        number,
        number,
        (from, to) => !allows(`1.${from}.0`, `1.${to}.0`) || (to - from <= reach && from - to <= 1),
      ),
    );
  });
});

describe('what is known of a minor version', () => {
  test('is found by any of its versions', () => {
    expect(supportOf('1.31.4')?.kubernetes).toEqual({ first: 32, last: 37 });
    expect(supportOf('1.29.9')?.gatewayApi).toContainEqual({
      definition: 'tlsroutes.gateway.networking.k8s.io',
      maximum: '1.4.1',
    });
  });

  test('is nothing for one that is newer than this program', () => {
    expect(supportOf('1.99.0')).toBeUndefined();
  });
});

test.each([
  ['1.31.0', '1.31'],
  ['v1.6.0', '1.6'],
  ['1.31-alpha.527f8d6c', undefined],
  ['latest', undefined],
  ['527f8d6c', undefined],
])('the minor version of %s is %s', (version, minor) => {
  expect(minorOf(version)).toBe(minor);
});

test.each([
  ['1.31.0-distroless', '1.31.0', 0],
  ['v1.4.1', '1.5.0', -1],
  ['1.31.10', '1.31.9', 1],
  ['my-build-7', '1.31.0', undefined],
  ['1.31.0.1', '1.31.0', undefined],
])('%s beside %s is %s', (left, right, order) => {
  expect(compareReleases(left, right)).toBe(order);
});
