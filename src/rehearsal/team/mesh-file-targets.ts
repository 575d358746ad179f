import type { HttpTarget } from '../../mesh/probe-policy.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { NotAsked } from '../rehearsal.ts';
import { namespaceOf } from './team-workload.ts';

/** The targets of the mesh file that a rehearsal can ask, and why it cannot ask the others. */
export function meshFileTargets(
  targets: readonly HttpTarget[],
  { workloads, applied }: { workloads: readonly KubernetesObject[]; applied: readonly KubernetesObject[] },
): { asked: HttpTarget[]; notAsked: NotAsked[] } {
  const services = [...workloads, ...applied].filter(({ kind }) => kind === 'Service');
  const whyNot = ({ url }: HttpTarget): string | undefined => {
    const { hostname, protocol } = new URL(url);
    if (workloads.length === 0) return 'no workloads are given that could answer';
    if (!services.some((service) => isNamed(hostname, service))) {
      return `no Service of the rehearsal has its host, ${hostname}`;
    }
    return protocol === 'https:' ? 'the certificates of the environment are not here' : undefined;
  };
  const looked = targets.map((target) => ({ target, why: whyNot(target) }));
  return {
    asked: looked.filter(({ why }) => why === undefined).map(({ target }) => target),
    notAsked: looked.flatMap(({ target: { name, url }, why }) =>
      why === undefined ? [] : [{ what: `target ${name} of the mesh file, ${url}`, why }],
    ),
  };
}

/** Whether a host is a Service, as a pod of another namespace names it. */
function isNamed(host: string, service: KubernetesObject): boolean {
  const name = `${service.metadata.name}.${namespaceOf(service)}`;
  return [name, `${name}.svc`, `${name}.svc.cluster.local`].includes(host.replace(/\.$/, ''));
}
