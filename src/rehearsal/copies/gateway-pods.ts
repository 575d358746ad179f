import { isMapping } from '../../mesh/merge-deep.ts';
import type { KubernetesObject } from '../../ports/objects.ts';

/** The pods of a workload. */
export interface Pods {
  namespace: string;
  labels: Record<string, string>;
  /** Whether the injector makes gateways of them. */
  isGateway: boolean;
}

/** What pods the given workloads have. */
export function gatewayPods(objects: readonly KubernetesObject[]): Pods[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    if (!/^(Deployment|DaemonSet|StatefulSet)$/.test(kind) || !isMapping(spec) || !isMapping(spec.template)) return [];
    const { labels = {}, annotations = {} } = (spec.template.metadata ?? {}) as {
      labels?: Record<string, string>;
      annotations?: Record<string, string>;
    };
    const templates = annotations['inject.istio.io/templates'] ?? '';
    const isGateway = templates.split(',').some((template) => template.trim() === 'gateway');
    return [{ namespace: metadata.namespace ?? 'default', labels, isGateway }];
  });
}

/** Each once, in order. */
export function namespacesOf(pods: readonly Pods[]): string[] {
  return [...new Set(pods.map(({ namespace }) => namespace))].sort();
}
