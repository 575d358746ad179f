import { quantityValue } from '../mesh/quantity.ts';
import type { KubernetesObject, ObjectId } from '../ports/objects.ts';
import type { Container, EnvVariable, NamedReference, Pod } from './pod.ts';

/** What a container may use where it states no limit: as a kubelet would say of a node of this size. */
export interface Machine {
  cpus: number;
  memoryBytes: number;
}

export interface EnvironmentSources {
  machine: Machine;
  /** Finds a ConfigMap or Secret among those of `referencedObjects`. */
  find(kind: 'ConfigMap' | 'Secret', name: string): KubernetesObject | undefined;
}

export interface ContainerEnvironment {
  variables: Record<string, string>;
  /** Variables that a kubelet could not have set, and why: with any of them the container would not start. */
  unresolved: string[];
}

/** The ConfigMaps and Secrets that the container's environment is read from. */
export function referencedObjects(pod: Pod, container: Container): ObjectId[] {
  const references: ['ConfigMap' | 'Secret', NamedReference | undefined][] = [
    ...(container.envFrom ?? []).flatMap(
      (from) =>
        [
          ['ConfigMap', from.configMapRef],
          ['Secret', from.secretRef],
        ] as ['ConfigMap' | 'Secret', NamedReference | undefined][],
    ),
    ...(container.env ?? []).flatMap(
      ({ valueFrom }) =>
        [
          ['ConfigMap', valueFrom?.configMapKeyRef],
          ['Secret', valueFrom?.secretKeyRef],
        ] as ['ConfigMap' | 'Secret', NamedReference | undefined][],
    ),
  ];
  const ids = new Map<string, ObjectId>();
  for (const [kind, reference] of references) {
    if (reference === undefined) continue;
    const id = { apiVersion: 'v1', kind, namespace: pod.metadata.namespace ?? 'default', name: reference.name };
    ids.set(`${kind}/${reference.name}`, id);
  }
  return [...ids.values()];
}

/** The environment that a kubelet gives to a container of this very pod. */
export function containerEnvironment(
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
): ContainerEnvironment {
  const variables: Record<string, string> = {};
  const unresolved: string[] = [];
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const reference = configMapRef ?? secretRef;
    if (reference === undefined) continue;
    const data = dataOf(sources, configMapRef ? 'ConfigMap' : 'Secret', reference.name);
    if (data === undefined && reference.optional !== true)
      unresolved.push(`envFrom ${reference.name}: it does not exist`);
    for (const [key, value] of Object.entries(data ?? {})) variables[prefix + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, { pod, container, sources, variables });
    if (value.kind === 'value') variables[variable.name] = value.value;
    else if (value.kind === 'unresolved') unresolved.push(`${variable.name}: ${value.why}`);
  }
  return { variables, unresolved };
}

/** Replaces `$(NAME)` as Kubernetes does in arguments and values: `$$` escapes, unknown names stay. */
export function expand(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]+)\)/g, (match, name: string | undefined) =>
    name === undefined ? '$' : (variables[name] ?? match),
  );
}

type Value = { kind: 'value'; value: string } | { kind: 'absent' } | { kind: 'unresolved'; why: string };

interface Context {
  pod: Pod;
  container: Container;
  sources: EnvironmentSources;
  variables: Record<string, string>;
}

function valueOf({ value, valueFrom }: EnvVariable, context: Context): Value {
  if (valueFrom === undefined) return found(expand(value ?? '', context.variables));
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) return fieldValue(context.pod, fieldRef.fieldPath);
  if (resourceFieldRef) return resourceValue(context, resourceFieldRef);
  if (configMapKeyRef) return keyValue(context.sources, 'ConfigMap', configMapKeyRef);
  if (secretKeyRef) return keyValue(context.sources, 'Secret', secretKeyRef);
  return { kind: 'unresolved', why: 'its source is of an unknown kind' };
}

function found(value: string): Value {
  return { kind: 'value', value };
}

function fieldValue({ metadata, spec, status }: Pod, path: string): Value {
  const entry = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (entry) return found(metadata[entry[1] as 'labels' | 'annotations']?.[entry[2] ?? ''] ?? '');
  switch (path) {
    case 'metadata.name':
      return found(metadata.name);
    case 'metadata.namespace':
      return found(metadata.namespace ?? '');
    case 'metadata.uid':
      return found(metadata.uid ?? '');
    case 'spec.nodeName':
      return found(spec.nodeName ?? '');
    case 'spec.serviceAccountName':
      return found(spec.serviceAccountName ?? 'default');
    case 'status.hostIP':
      return found(status?.hostIP ?? '');
    case 'status.hostIPs':
      return found((status?.hostIPs ?? []).map(({ ip }) => ip).join(','));
    case 'status.podIP':
      return found(status?.podIP ?? '');
    case 'status.podIPs':
      return found((status?.podIPs ?? []).map(({ ip }) => ip).join(','));
    default:
      return { kind: 'unresolved', why: `the field ${path} is not one that Kubernetes hands out` };
  }
}

function resourceValue(
  { pod, container, sources }: Context,
  { containerName, resource, divisor }: { containerName?: string; resource: string; divisor?: string },
): Value {
  const of = containerName === undefined ? container : pod.spec.containers.find(({ name }) => name === containerName);
  const [bound, name] = resource.split('.') as [string, string];
  const stated = of?.resources?.[bound as 'limits' | 'requests']?.[name];
  const value = stated === undefined ? wholeMachine(bound, name, sources.machine) : quantityValue(stated);
  const unit = divisor === undefined || divisor === '0' ? 1 : quantityValue(divisor);
  if (value === undefined || !unit) return { kind: 'unresolved', why: `${resource} ("${stated}") is no quantity` };
  return found(String(Math.ceil(value / unit)));
}

function wholeMachine(bound: string, name: string, machine: Machine): number {
  if (bound !== 'limits') return 0;
  return name === 'cpu' ? machine.cpus : name === 'memory' ? machine.memoryBytes : 0;
}

function keyValue(
  sources: EnvironmentSources,
  kind: 'ConfigMap' | 'Secret',
  { name, key, optional }: NamedReference & { key: string },
): Value {
  const value = dataOf(sources, kind, name)?.[key];
  if (value !== undefined) return found(value);
  return optional === true ? { kind: 'absent' } : { kind: 'unresolved', why: `${kind} ${name} has no key "${key}"` };
}

function dataOf(
  sources: EnvironmentSources,
  kind: 'ConfigMap' | 'Secret',
  name: string,
): Record<string, string> | undefined {
  const object = sources.find(kind, name);
  if (object === undefined) return undefined;
  const data = (object['data'] ?? {}) as Record<string, string>;
  if (kind === 'ConfigMap') return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}
