import pMap from 'p-map';
import { messageOf } from '../errors.ts';
import type { CertificateDirectory, ProxyCertificate } from '../ports/certificates.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../ports/objects.ts';
import type { ProxyDirectory } from '../ports/proxies.ts';
import { probeInjector } from '../upgrade/injection/probe-injector.ts';
import { hasProxy, isLive, proxyRevision } from '../upgrade/workloads/proxy-pod.ts';
import type { RehearsalCheck } from './rehearsal.ts';

export interface LookOptions {
  /** Revision that everything runs with now. */
  revision: string;
  /** Namespace of the control plane. */
  namespace: string;
  proxies: ProxyDirectory;
  /** Absent where proxies cannot be asked. */
  certificates?: CertificateDirectory;
  /** Fingerprints of the roots that proxies trusted before the change. */
  rootsBefore?: string[];
}

/** Looks at what traffic alone does not show: every proxy's configuration, the webhook and the certificates. */
export async function lookAfter(cluster: Cluster, options: LookOptions): Promise<RehearsalCheck[]> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' });
  const pods = items.filter((pod) => isLive(pod) && hasProxy(pod));
  return [
    await settled('proxies', () => checkProxies(pods, options)),
    await settled('webhooks', () => checkInjector(cluster, options)),
    ...(options.certificates ? [await settled('certificates', () => checkCertificates(pods, options))] : []),
  ];
}

/** Fingerprints of the roots that the proxies of a cluster trust, each once. */
export async function trustedRoots(cluster: Cluster, certificates: CertificateDirectory): Promise<string[]> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' });
  const found = await certificatesOf(
    items.filter((pod) => isLive(pod) && hasProxy(pod)),
    certificates,
  );
  return [...new Set(found.flatMap(({ certificate }) => certificate?.root ?? []))].sort();
}

/** A look that could not be taken is no pass. */
async function settled(name: string, look: () => Promise<Omit<RehearsalCheck, 'name'>>): Promise<RehearsalCheck> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, result: 'inconclusive', facts: messageOf(error) };
  }
}

async function checkProxies(
  pods: KubernetesObject[],
  { revision, proxies }: LookOptions,
): Promise<Omit<RehearsalCheck, 'name'>> {
  const connected = new Map(
    (await proxies.connected(revision)).map((proxy) => [`${proxy.namespace}/${proxy.pod}`, proxy]),
  );
  const trouble = pods.flatMap((pod) => {
    const injected = proxyRevision(pod);
    if (injected !== revision) return `${formatObjectId(objectId(pod))} still has a proxy of ${injected}`;
    const proxy = connected.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
    if (!proxy) return `${formatObjectId(objectId(pod))} is not connected to istiod-${revision}`;
    return proxy.synced ? [] : `${formatObjectId(objectId(pod))}: ${proxy.reason}`;
  });
  if (trouble.length > 0) return { result: 'fail', facts: trouble.join('; ') };
  return {
    result: 'pass',
    facts: `${pods.length} proxies run with ${revision} and have acknowledged all of their configuration`,
  };
}

async function checkInjector(
  cluster: Cluster,
  { revision, namespace }: LookOptions,
): Promise<Omit<RehearsalCheck, 'name'>> {
  const probe = await probeInjector(cluster, { namespace, revision });
  if (probe === 'injected') return { result: 'pass', facts: `the injector of ${revision} gives a pod its proxy` };
  return { result: probe.conclusive ? 'fail' : 'inconclusive', facts: probe.trouble };
}

async function checkCertificates(
  pods: KubernetesObject[],
  { certificates, rootsBefore = [] }: LookOptions,
): Promise<Omit<RehearsalCheck, 'name'>> {
  if (!certificates) return { result: 'inconclusive', facts: 'proxies were not asked' };
  const found = await certificatesOf(pods, certificates);
  const trouble = found.flatMap(({ pod, certificate }) => {
    const name = formatObjectId(objectId(pod));
    if (!certificate) return `${name} has no certificate`;
    if (!certificate.trusted) return `${name}: the chain of its certificate does not end in the root that it trusts`;
    const known = rootsBefore.length === 0 || rootsBefore.includes(certificate.root);
    return known ? [] : `${name} trusts a root that was not there before the change`;
  });
  if (trouble.length > 0) return { result: 'fail', facts: trouble.join('; ') };
  const issuers = [...new Set(found.flatMap(({ certificate }) => certificate?.issuer ?? []))];
  return {
    result: 'pass',
    facts: `${found.length} certificates, issued by ${issuers.join(' and ') || 'nobody'}, end in the root that was there before`,
  };
}

/** Each question is a run of istioctl and a port-forward. */
const askedAtOnce = 2;

function certificatesOf(
  pods: KubernetesObject[],
  certificates: CertificateDirectory,
): Promise<{ pod: KubernetesObject; certificate: ProxyCertificate | undefined }[]> {
  return pMap(
    pods,
    async (pod) => {
      const { namespace = '', name } = pod.metadata;
      return { pod, certificate: await certificates.of({ namespace, name }) };
    },
    { concurrency: askedAtOnce },
  );
}
