import { expect, test } from 'vitest';
import type { ProxyCertificate } from '../../../src/ports/certificates.ts';
import type { KubernetesObject } from '../../../src/ports/objects.ts';
import { certificateLooks } from '../../../src/probe/checks/look-at-certificates.ts';
import { clusterOfPods, proxiedPod } from '../../support/proxied-pods.ts';

function certificate(overrides: Partial<ProxyCertificate> = {}): ProxyCertificate {
  const identity = 'spiffe://cluster.local/ns/shop/sa/cart';
  return { issuer: 'O=istiod', identity, expires: '2026-01-02T00:00:00.000Z', roots: ['A'], root: 'A', ...overrides };
}

const { root: _root, ...rootless } = certificate();

/** A mesh whose pods and certificates change between two looks. */
function mesh() {
  let pods: KubernetesObject[] = [];
  const certificates = new Map<string, ProxyCertificate | undefined>();
  const asked: string[] = [];
  const look = certificateLooks(
    clusterOfPods(() => pods),
    {
      of: async ({ name }) => {
        asked.push(name);
        return certificates.has(name) ? certificates.get(name) : certificate();
      },
    },
  );
  return {
    asked,
    look,
    now(...next: KubernetesObject[]) {
      pods = next;
    },
    has: (name: string, found: ProxyCertificate | undefined) => certificates.set(name, found),
  };
}

test('each proxy is asked once, and those that come later too', async () => {
  const { now, look, asked } = mesh();
  now(proxiedPod('a'), proxiedPod('b'));
  expect(await look()).toEqual({
    kind: 'seen',
    facts: '2 certificates end in a root that their peers trust; issuer O=istiod',
    troubles: [],
  });
  now(proxiedPod('b'), proxiedPod('c'));
  expect(await look()).toMatchObject({ facts: expect.stringMatching(/^3 certificates/), troubles: [] });
  expect(asked.toSorted()).toEqual(['a', 'b', 'c']);
});

test('of a large mesh the ten newest are asked, and the others counted', async () => {
  const { now, look, asked } = mesh();
  now(...Array.from({ length: 12 }, (_, age) => proxiedPod(`pod-${age}`, { age })));
  expect(await look()).toMatchObject({ facts: expect.stringMatching(/^10 certificates.*; 2 more were not asked$/) });
  expect(asked).not.toContain('pod-0');
  expect(asked).toContain('pod-11');
});

test.each<[string, ProxyCertificate | undefined, string]>([
  ['has none', undefined, 'has no certificate'],
  ['has one that leads nowhere', rootless, 'has a certificate that ends in none of the roots that it trusts'],
  [
    'has one of a new authority that the others do not know',
    certificate({ root: 'B', roots: ['A', 'B'] }),
    'has a certificate of a root that no proxy trusted before',
  ],
  [
    'does not know the authority of the others',
    certificate({ root: 'C', roots: ['C'] }),
    'trusts none of the roots of the certificates of before',
  ],
])('a proxy that %s is in trouble, and is asked again', async (_name, found, reason) => {
  const { now, look, has, asked } = mesh();
  now(proxiedPod('a'));
  has('a', certificate({ roots: ['A', 'C'] }));
  await look();
  now(proxiedPod('a'), proxiedPod('b'));
  has('b', found);
  expect(await look()).toMatchObject({ troubles: [{ subject: 'Pod shop/b', reason }] });
  await look();
  expect(asked).toEqual(['a', 'b', 'b']);
});

test('an authority that is exchanged in steps is no trouble', async () => {
  const { now, look, has } = mesh();
  now(proxiedPod('a'));
  has('a', certificate({ roots: ['A', 'B'] }));
  await look();
  now(proxiedPod('b'));
  has('b', certificate({ root: 'B', roots: ['A', 'B'] }));
  expect(await look()).toMatchObject({ troubles: [] });
});

test('without a proxy nothing is known', async () => {
  expect(await mesh().look()).toEqual({ kind: 'unseen', reason: 'no pod with a proxy is ready' });
});
