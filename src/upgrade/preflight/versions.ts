import { breaksOldProxies, compareReleases, hashableStringProxy, supportOf } from '../../plan/istio-support.ts';
import { minorsWithoutNotes, upgradeNotes } from '../../plan/upgrade-notes.ts';
import { byRevisionRule } from '../../plan/version-rules.ts';
import { hasProxy, proxyVersion } from '../workloads/proxy-pod.ts';
import { fail, note, type Trouble, warn } from './finding.ts';
import { type MeshFacts, versionOf } from './mesh-facts.ts';

export function versionRules({ old, new: next }: MeshFacts): Trouble[] {
  const refusal = byRevisionRule(versionOf(old), versionOf(next));
  return refusal ? [fail(refusal.reason, refusal.cure)] : [];
}

export function oneBuild({ old, new: next }: MeshFacts): Trouble[] {
  if (versionOf(old) !== versionOf(next)) return [];
  return [
    note(
      `both revisions run Istio ${versionOf(next)}: the upgrade proves the way, and nothing about another build`,
      'none needed',
    ),
  ];
}

export function kubernetesRange({ kubernetes, new: next }: MeshFacts): Trouble[] {
  const istio = versionOf(next);
  const support = supportOf(istio);
  if (!support) return [unknownMinor(istio, 'which versions of Kubernetes it supports')];
  const minor = Number(/^v?1\.(\d+)/.exec(kubernetes)?.[1]);
  const { first, last } = support.kubernetes;
  const reason = `Istio ${istio} is made for Kubernetes 1.${first} to 1.${last}; the cluster runs ${kubernetes}`;
  if (minor >= first && minor <= last) return [];
  // Istio adds versions of Kubernetes to a minor version that is out already.
  if (minor === last + 1) return [warn(reason, `see whether Istio has added it to ${support.minor} since`)];
  return [fail(reason, minor < first ? 'upgrade Kubernetes first' : 'take a newer version of Istio')];
}

export function dataPlaneAhead(facts: MeshFacts): Trouble[] {
  const target = versionOf(facts.new);
  return proxiesByVersion(facts).flatMap(({ namespace, version, pods }) =>
    (compareReleases(version, target) ?? 0) > 0
      ? [
          fail(
            `${pods} proxies run Istio ${version}, newer than ${target}: a control plane must not be older than its proxies`,
            'upgrade to their version or a later one',
            namespace,
          ),
        ]
      : [],
  );
}

/**
 * A control plane is beside proxies of two minor versions below it at most, as it is beside another control plane;
 * and some patches send proxies what these reject.
 */
export function proxyFloor(facts: MeshFacts): Trouble[] {
  const target = versionOf(facts.new);
  const defect = breaksOldProxies(target);
  return proxiesByVersion(facts).flatMap(({ namespace, version, pods }): Trouble[] => {
    const order = compareReleases(version, target);
    if (order === undefined) {
      const reason = `${pods} proxies have the image tag "${version}", which is no version: nothing can be said of them`;
      return [warn(reason, 'see which version of Istio they are of', namespace)];
    }
    // Proxies that are ahead have a check of their own.
    if (order >= 0) return [];
    if (byRevisionRule(version, target)) {
      const reason = `${pods} proxies run Istio ${version}, more than two minor versions below ${target}`;
      return [fail(reason, 'restart their workloads, so that they get the proxies of the running revision', namespace)];
    }
    if (!defect || (compareReleases(version, hashableStringProxy) ?? 0) >= 0) return [];
    return [
      fail(
        `${pods} proxies run Istio ${version}; those before ${hashableStringProxy} reject what the istiod of ${target} sends (${defect.source})`,
        `upgrade to ${defect.fixed} or later`,
        namespace,
      ),
    ];
  });
}

export function notesBetween({ old, new: next, policy, acknowledged }: MeshFacts): Trouble[] {
  const [from, to] = [versionOf(old), versionOf(next)];
  const unknown = minorsWithoutNotes(from, to).map((minor) => unknownMinor(minor, 'what it changes for its users'));
  const known = upgradeNotes(from, to).map(({ id, title, text, source }) => {
    const open = policy.acknowledgeNotes && !acknowledged.includes(id);
    const cure = `${text} See ${source}`;
    return open
      ? fail(`${title} (${id}), which nobody has acknowledged`, `${cure}; then acknowledge "${id}"`)
      : note(`${title} (${id})`, cure);
  });
  return [...unknown, ...known];
}

export function unknownMinor(istio: string, what: string): Trouble {
  return warn(
    `Istio ${istio} is not known to this version of istio-delivery, so it cannot say ${what}`,
    'take a newer version of istio-delivery, or see what Istio says itself',
  );
}

/** The live proxies of each namespace by the version that their image names. */
function proxiesByVersion({ pods }: MeshFacts): { namespace: string; version: string; pods: number }[] {
  const counts = new Map<string, { namespace: string; version: string; pods: number }>();
  for (const pod of pods.filter(hasProxy)) {
    const namespace = `Namespace ${pod.metadata.namespace}`;
    const version = proxyVersion(pod) ?? 'none';
    const key = `${namespace} ${version}`;
    counts.set(key, { namespace, version, pods: (counts.get(key)?.pods ?? 0) + 1 });
  }
  return [...counts.values()].sort((left, right) => left.namespace.localeCompare(right.namespace));
}
