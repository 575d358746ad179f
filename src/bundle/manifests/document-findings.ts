import { type Finding, show } from '../../mesh/finding.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { checkSchema } from '../../mesh/schema-findings.ts';
import { groupOf } from '../../ports/objects.ts';
import { exportedFields, withoutExported } from './exported-fields.ts';
import { objectMetadata, rbacMetadata } from './metadata-schema.ts';

/** Kinds that have no namespace, where one that is given would make one object look like two. */
const clusterScoped = new Set([
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'gateway.networking.k8s.io/GatewayClass',
  'gateway.networking.x-k8s.io/XMesh',
  'networking.k8s.io/IngressClass',
  'node.k8s.io/RuntimeClass',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/StorageClass',
]);

/** Whether objects of a kind belong to no namespace, as far as it is known here. */
export function isClusterScoped(apiVersion: string, kind: string): boolean {
  return clusterScoped.has(`${groupOf(apiVersion)}/${kind}`);
}

/** Why a document of a manifest is no Kubernetes object that could be applied; nothing where it is one. */
export function documentFindings(document: unknown): Finding[] {
  if (!isMapping(document)) return [shapeFinding(document)];
  const { apiVersion, kind, items, metadata } = document;
  if (kind === 'Kustomization' || String(apiVersion).startsWith('kustomize.config.k8s.io/')) return [kustomization];
  if (kind === 'List' || (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))) {
    const message = `expected one object, got ${show(kind)}; write each of its items as a document of its own, with --- between them`;
    return [{ path: ['kind'], message }];
  }
  return [
    ...textFinding('apiVersion', apiVersion, 'an API version such as networking.istio.io/v1'),
    ...(typeof apiVersion === 'string' && !/^([^/\s]+\/)?[^/\s]+$/.test(apiVersion)
      ? [
          {
            path: ['apiVersion'],
            message: `expected an API version such as networking.istio.io/v1, got ${show(apiVersion)}`,
          },
        ]
      : []),
    ...textFinding('kind', kind, 'a kind such as VirtualService'),
    ...metadataFindings(String(apiVersion), String(kind), metadata),
    ...exportedFields(document),
  ];
}

export const kustomization: Finding = {
  path: ['kind'],
  message: 'expected a manifest, got a kustomization; render it first (kustomize build), and give what it renders',
};

function shapeFinding(document: unknown): Finding {
  const cure = Array.isArray(document)
    ? 'write each object as a document of its own, with --- between them'
    : 'remove it, or write what it belongs to';
  const message = `expected an object with apiVersion, kind and metadata.name, got ${show(document)}; ${cure}`;
  return { path: [], message };
}

function textFinding(field: string, value: unknown, what: string): Finding[] {
  if (typeof value === 'string' && value !== '') return [];
  if (value === undefined || value === null)
    return [{ path: [field], message: `expected ${what}, got nothing; add it` }];
  return [{ path: [field], message: `expected ${what}, got ${show(value)}` }];
}

function metadataFindings(apiVersion: string, kind: string, metadata: unknown): Finding[] {
  if (!isMapping(metadata)) {
    const cure = metadata === undefined || metadata === null ? 'nothing; add metadata.name' : show(metadata);
    return [{ path: ['metadata'], message: `expected a mapping, got ${cure}` }];
  }
  const { generateName, ...rest } = withoutExported(metadata);
  if (generateName !== undefined && rest.name === undefined) {
    const message =
      'expected metadata.name, got generateName, with which each apply would make another object; give a name';
    return [{ path: ['metadata', 'generateName'], message }];
  }
  const given = generateName === undefined ? rest : { ...rest, generateName };
  const schema = groupOf(apiVersion) === 'rbac.authorization.k8s.io' ? rbacMetadata : objectMetadata;
  const result = checkSchema(schema, given);
  const findings = result.kind === 'invalid' ? result.findings : [];
  return [
    ...findings.map(({ path, message }) => ({ path: ['metadata', ...path], message })),
    ...(rest.namespace !== undefined && isClusterScoped(apiVersion, kind)
      ? [
          {
            path: ['metadata', 'namespace'],
            message: `expected no namespace, got ${show(rest.namespace)}: a ${kind} belongs to the whole cluster; remove it`,
          },
        ]
      : []),
  ];
}
