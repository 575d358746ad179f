import { mappingOf } from '../../mesh/unknown-values.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { OverlayChange } from '../rehearsal.ts';
import { teamWorkloads } from './team-workload.ts';

/** Has a sidecar keep statistics that Istio leaves out: https://istio.io/latest/docs/reference/config/annotations/ */
const annotation = 'sidecar.istio.io/statsInclusionRegexps';

/** By host, how the requests of the workload's own were answered. */
const counters = 'cluster\\.outbound.*upstream_rq_[1-5]xx';

/** The team's manifests with sidecars that count the requests of their workloads, and what was changed for it. */
export function countRequests(objects: readonly KubernetesObject[]): {
  value: KubernetesObject[];
  changes: OverlayChange[];
} {
  const rolled = new Set(
    teamWorkloads(objects)
      .filter(({ object }) => object.kind !== 'Pod')
      .map(({ object }) => object),
  );
  return {
    value: objects.map((object) => (rolled.has(object) ? counting(object) : object)),
    changes: [...rolled].map((object) => ({
      object: formatObjectId(objectId(object)),
      field: `.spec.template.metadata.annotations["${annotation}"]`,
      reason: 'its sidecar counts the requests that the workload sends',
    })),
  };
}

function counting(object: KubernetesObject): KubernetesObject {
  const spec = mappingOf(object.spec);
  const template = mappingOf(spec.template);
  const metadata = mappingOf(template.metadata);
  const annotations = mappingOf(metadata.annotations);
  const own = annotations[annotation];
  const value = typeof own === 'string' && own !== '' ? `${own},${counters}` : counters;
  const counted = { ...metadata, annotations: { ...annotations, [annotation]: value } };
  return { ...object, spec: { ...spec, template: { ...template, metadata: counted } } };
}
