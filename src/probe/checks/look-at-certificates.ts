import pMap from 'p-map';
import type { CertificateDirectory, ProxyCertificate } from '../../ports/certificates.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { CheckLook, Trouble } from './check-look.ts';
import { type ProxyPod, proxyPods } from './proxy-pods.ts';

/** Each question is a run of istioctl and a port-forward. */
const askedAtOnce = 2;

/** Proxies that one look asks at most, the newest first. */
const mostAsked = 10;

/**
 * Looks at the certificates of proxies: whether each ends in a root that its peers trust, and whether it trusts theirs.
 * The first look tells which roots those are; later ones ask the proxies that have come since.
 */
export function certificateLooks(cluster: Cluster, certificates: CertificateDirectory): () => Promise<CheckLook> {
  const asked = new Set<string>();
  let known: ProxyCertificate[] | undefined;

  return async () => {
    const pods = (await proxyPods(cluster)).filter(({ uid }) => !asked.has(uid));
    const newest = pods.toSorted((left, right) => (left.created < right.created ? 1 : -1)).slice(0, mostAsked);
    const found = await pMap(newest, async (pod) => ({ pod, certificate: await certificates.of(pod) }), {
      concurrency: askedAtOnce,
    });
    const good = found.flatMap(({ certificate }) => certificate ?? []);
    const peers = known ?? good;
    const troubles = found.flatMap((each) => troubleOf(each, peers));
    const troubled = new Set(troubles.map(({ subject }) => subject));
    for (const { pod } of found) if (!troubled.has(pod.title)) asked.add(pod.uid);
    known ??= good.length > 0 ? good : undefined;
    if (asked.size === 0 && troubles.length === 0) return { kind: 'unseen', reason: 'no pod with a proxy is ready' };
    return { kind: 'seen', facts: factsOf(asked.size, pods.length - newest.length, peers), troubles };
  };
}

function troubleOf(
  { pod, certificate }: { pod: ProxyPod; certificate: ProxyCertificate | undefined },
  peers: readonly ProxyCertificate[],
): Trouble[] {
  const trouble = (reason: string) => [{ subject: pod.title, reason }];
  if (certificate === undefined) return trouble('has no certificate');
  const { root, roots } = certificate;
  if (root === undefined) return trouble('has a certificate that ends in none of the roots that it trusts');
  if (peers.length === 0) return [];
  if (!peers.some((peer) => peer.roots.includes(root))) {
    return trouble('has a certificate of a root that no proxy trusted before');
  }
  if (!peers.some((peer) => peer.root !== undefined && roots.includes(peer.root))) {
    return trouble('trusts none of the roots of the certificates of before');
  }
  return [];
}

function factsOf(asked: number, left: number, peers: readonly ProxyCertificate[]): string {
  const issuers = [...new Set(peers.map(({ issuer }) => issuer))].sort().join(' and ');
  const others = left > 0 ? `; ${left} more were not asked` : '';
  return `${asked} certificates end in a root that their peers trust; issuer ${issuers || 'unknown'}${others}`;
}
