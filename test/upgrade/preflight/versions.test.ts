import { describe, expect, test } from 'vitest';
import type { MeshFacts } from '../../../src/upgrade/preflight/mesh-facts.ts';
import { meshFacts, pod, side } from '../../support/mesh-facts.ts';
import { type Case, expectFound, type Found, troublesOf } from './expect-check.ts';

function between(old: string, next: string): Partial<MeshFacts> {
  return { old: side({ revision: 'a', version: old }), new: side({ revision: 'b', version: next }) };
}

describe('version-rules', () => {
  test.each<Case>([
    ['a patch', between('1.31.0', '1.31.2')],
    ['two minor versions', between('1.29.9', '1.31.0')],
    ['one minor version back', between('1.31.0', '1.30.5')],
  ])('lets %s pass', (_name, facts) => expectFound('version-rules', facts, []));

  test.each<[...Case, Found]>([
    ['three minor versions', between('1.28.9', '1.31.0'), ['fail', undefined, /3 minor versions above/]],
    ['two minor versions back', between('1.31.0', '1.29.0'), ['fail', undefined, /2 minor versions below/]],
    ['another major version', between('1.31.0', '2.0.0'), ['fail', undefined, /major versions/]],
  ])('refuses %s', (_name, facts, found) => expectFound('version-rules', facts, [found]));
});

describe('one-build', () => {
  test('is told of where both revisions run one version', () => {
    expectFound('one-build', between('1.31.0', '1.31.0'), [['note', undefined, /both revisions run Istio 1\.31\.0/]]);
  });

  test('is no word where they differ', () => expectFound('one-build', between('1.31.0', '1.31.1'), []));
});

describe('kubernetes-range', () => {
  test.each(['v1.32.0', 'v1.37.1', 'v1.34.2-eks-1'])('lets Kubernetes %s pass', (kubernetes) => {
    expectFound('kubernetes-range', { kubernetes }, []);
  });

  test.each<[string, Found[]]>([
    ['v1.31.9', [['fail', undefined, /made for Kubernetes 1\.32 to 1\.37; the cluster runs v1\.31\.9/]]],
    ['v1.38.0', [['warn', undefined, /the cluster runs v1\.38\.0/]]],
    ['v1.39.0', [['fail', undefined, /the cluster runs v1\.39\.0/]]],
    ['unreadable', [['fail', undefined, /the cluster runs unreadable/]]],
  ])('names Kubernetes %s', (kubernetes, found) => expectFound('kubernetes-range', { kubernetes }, found));

  test('says of an Istio that it does not know that it does not know it', () => {
    expectFound('kubernetes-range', between('1.31.0', '1.99.0'), [
      ['warn', undefined, /Istio 1\.99\.0 is not known to this version/],
    ]);
  });
});

describe('data-plane-ahead', () => {
  test('lets proxies of the old and the new version pass, whatever their image is called', () => {
    const pods = [pod('shop/a'), pod('shop/b', { version: '1.31.1-distroless' }), pod('shop/c', { version: 'mine' })];
    expectFound('data-plane-ahead', { pods }, []);
  });

  test('names each namespace with a newer proxy', () => {
    const newer = { version: '1.31.2-distroless' };
    const pods = [pod('shop/a', newer), pod('shop/b', newer), pod('shop/c'), pod('payments/a', { version: '1.32.0' })];
    expectFound('data-plane-ahead', { pods }, [
      ['fail', 'Namespace payments', /1 proxies run Istio 1\.32\.0, newer than 1\.31\.1/],
      ['fail', 'Namespace shop', /2 proxies run Istio 1\.31\.2-distroless/],
    ]);
  });
});

describe('proxy-floor', () => {
  const proxy = (version: string, old: string, next: string) => ({
    ...between(old, next),
    pods: [pod('shop/a', { version })],
  });

  test.each<Case>([
    ['proxies two minor versions below', proxy('1.29.0', '1.30.5', '1.31.0')],
    ['newer ones, which have a check of their own', proxy('1.32.0', '1.31.0', '1.31.1')],
    ['old ones that a patch with the correction serves', proxy('1.29.1', '1.29.1', '1.30.2')],
    ['those that know what a patch without it sends', proxy('1.29.2', '1.29.2', '1.30.1')],
    ['pods without any', { pods: [pod('shop/a', { revision: null })] }],
  ])('lets %s pass', (_name, facts) => expectFound('proxy-floor', facts, []));

  test.each<[...Case, Found]>([
    [
      'proxies three minor versions below',
      proxy('1.28.3-distroless', '1.30.5', '1.31.0'),
      [
        'fail',
        'Namespace shop',
        /1 proxies run Istio 1\.28\.3-distroless, more than two minor versions below 1\.31\.0/,
      ],
    ],
    [
      'proxies that reject what the new patch sends',
      proxy('1.29.1', '1.29.1', '1.30.1'),
      ['fail', 'Namespace shop', /those before 1\.29\.2 reject what the istiod of 1\.30\.1 sends/],
    ],
    [
      'proxies whose version cannot be told',
      proxy('mine', '1.31.0', '1.31.1'),
      ['warn', 'Namespace shop', /image tag "mine", which is no version/],
    ],
  ])('names %s', (_name, facts, found) => expectFound('proxy-floor', facts, [found]));
});

describe('upgrade-notes', () => {
  const move = between('1.30.5', '1.31.0');
  const strict = { ...meshFacts().policy, acknowledgeNotes: true };
  const ids = (level: string, facts: Partial<MeshFacts>) =>
    troublesOf('upgrade-notes', facts)
      .filter((trouble) => trouble.level === level)
      .map(({ reason }) => /\((1\.\d+-[a-z-]+)\)/.exec(reason)?.[1]);

  test('are none within a minor version', () => expectFound('upgrade-notes', {}, []));

  test('are not passed over where they are not known', () => {
    expectFound('upgrade-notes', between('1.31.0', '1.32.0'), [
      [
        'warn',
        undefined,
        /Istio 1\.32 is not known to this version of istio-delivery, so it cannot say what it changes/,
      ],
    ]);
  });

  test('are notes where they need not be acknowledged', () => {
    expect(ids('note', move)).toContain('1.31-registries-retired');
    expect(ids('fail', move)).toEqual([]);
  });

  test('stop the upgrade until each is acknowledged', () => {
    const all = ids('fail', { ...move, policy: strict });
    expect(all).toContain('1.31-strict-gateway-merging');
    const acknowledged = all.filter((id) => id !== undefined).slice(1);
    expect(ids('fail', { ...move, policy: strict, acknowledged })).toEqual([all[0]]);
    expect(ids('fail', { ...move, policy: strict, acknowledged: [...acknowledged, all[0] ?? ''] })).toEqual([]);
  });
});
