import type { JSONWebKeySet } from 'jose';
import { DeliveryError } from '../../errors.ts';
import type {
  ApplyOptions,
  ApplyResult,
  Cluster,
  ClusterIdentity,
  ListOptions,
  ObjectList,
  ObjectType,
  WatchEvent,
} from '../../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, type ObjectId, objectId } from '../../ports/objects.ts';
import { openApiServer } from './api-server.ts';
import { applyResult } from './apply-result.ts';
import type { KubeconfigSource } from './kubeconfig-connection.ts';
import { followLog } from './pod-log.ts';
import { resourcePaths } from './resource-types.ts';
import { reviewAccess } from './review-access.ts';
import { requestFailed } from './status.ts';
import { watchEvents, watchFailed } from './watch-stream.ts';

export interface ClusterConnection extends KubeconfigSource {
  /** The cluster's name in the mesh file. */
  name: string;
  /** Ends every request of this connection when it is aborted. */
  signal?: AbortSignal;
}

interface TokenRequest {
  status: { token: string; expirationTimestamp: string };
}

/** One cluster through its API server. Nothing is sent before the first call. */
export function connectCluster({ name, signal, ...source }: ClusterConnection): Cluster {
  const server = openApiServer(source);
  const during = signal ? { signal } : {};
  const paths = resourcePaths(server, during);

  async function pathOf(id: ObjectId): Promise<string | undefined> {
    return paths(id, id);
  }

  return {
    name,

    async identity(): Promise<ClusterIdentity> {
      const [namespace, version] = await Promise.all([
        server.request({ method: 'GET', path: '/api/v1/namespaces/kube-system', ...during }),
        server.request({ method: 'GET', path: '/version', ...during }),
      ]);
      if (namespace.status !== 200) throw requestFailed('Namespace kube-system', 'get', namespace);
      if (version.status !== 200) throw requestFailed('version of the API server', 'get', version);
      return {
        uid: (namespace.body as KubernetesObject).metadata.uid ?? '',
        server: server.address,
        version: (version.body as { gitVersion: string }).gitVersion,
      };
    },

    async get(id: ObjectId): Promise<KubernetesObject | undefined> {
      const path = await pathOf(id);
      if (path === undefined) return undefined;
      const response = await server.request({ method: 'GET', path, ...during });
      if (response.status === 404) return undefined;
      if (response.status !== 200) throw requestFailed(formatObjectId(id), 'get', response);
      return response.body as KubernetesObject;
    },

    async list(type: ObjectType, options: ListOptions = {}): Promise<ObjectList> {
      const path = await paths(type, options);
      if (path === undefined) return { resourceVersion: '', items: [] };
      const response = await server.request({
        method: 'GET',
        path: path + query(selectorOf(options)),
        ...(options.metadataOnly ? { accept: metadataList } : {}),
        ...during,
      });
      if (response.status === 404) return { resourceVersion: '', items: [] };
      if (response.status !== 200) throw requestFailed(`${type.kind} objects`, 'list', response);
      const { metadata, items } = response.body as {
        metadata: { resourceVersion: string };
        items: KubernetesObject[] | null;
      };
      // A list leaves out what its items have in common, and one of metadata that is empty has none at all.
      return {
        resourceVersion: metadata.resourceVersion,
        items: (items ?? []).map((item) => ({ ...item, apiVersion: type.apiVersion, kind: type.kind })),
      };
    },

    async serves(type: ObjectType): Promise<boolean> {
      return (await paths(type, {})) !== undefined;
    },

    mayI: (question) => reviewAccess(server, question, during),

    async apply(object: KubernetesObject, options: ApplyOptions): Promise<ApplyResult> {
      const path = await pathOf(objectId(object));
      if (path === undefined) return { kind: 'absent', missing: 'type' };
      const response = await server.request({
        method: 'PATCH',
        path:
          path +
          query({
            fieldManager: options.fieldManager,
            force: String(options.force),
            fieldValidation: 'Strict',
            ...(options.dryRun ? { dryRun: 'All' } : {}),
          }),
        contentType: 'application/apply-patch+yaml',
        body: object,
        ...during,
      });
      return applyResult(object, response);
    },

    async applyStatus(object: KubernetesObject, { fieldManager }: { fieldManager: string }): Promise<boolean> {
      const path = await pathOf(objectId(object));
      if (path === undefined) return false;
      const response = await server.request({
        method: 'PATCH',
        path: `${path}/status${query({ fieldManager, force: 'true' })}`,
        contentType: 'application/apply-patch+yaml',
        body: object,
        ...during,
      });
      // With force, what is in conflict is the UID: another object has that name now.
      if (response.status === 404 || response.status === 409) return false;
      if (response.status !== 200) throw requestFailed(formatObjectId(objectId(object)), 'status apply', response);
      return true;
    },

    async requestToken(account, seconds, audience) {
      const path = await pathOf({ apiVersion: 'v1', kind: 'ServiceAccount', ...account });
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: seconds, ...(audience === undefined ? {} : { audiences: [audience] }) },
      };
      const response = await server.request({ method: 'POST', path: `${path}/token`, body, ...during });
      if (response.status === 404) return undefined;
      const title = `ServiceAccount ${account.namespace}/${account.name}`;
      if (response.status !== 201) throw requestFailed(title, 'token request', response);
      const { token, expirationTimestamp } = (response.body as TokenRequest).status;
      source.secret?.(token);
      return { token, expires: new Date(expirationTimestamp) };
    },

    async tokenKeys() {
      const path = '/openid/v1/jwks';
      const response = await server.request({ method: 'GET', path, accept: 'application/jwk-set+json', ...during });
      if (response.status !== 200) throw requestFailed(path, 'get', response);
      return response.body as JSONWebKeySet;
    },

    async create(object: KubernetesObject) {
      const { name: _name, ...type } = objectId(object);
      const path = await paths(type, type);
      if (path === undefined) throw typeMissing(object);
      const response = await server.request({ method: 'POST', path, body: object, ...during });
      if (response.status === 409) return { created: false };
      if (response.status !== 201) throw requestFailed(formatObjectId(objectId(object)), 'create', response);
      return { created: true, object: response.body as KubernetesObject };
    },

    async replace(object: KubernetesObject): Promise<KubernetesObject | undefined> {
      const path = await pathOf(objectId(object));
      if (path === undefined) throw typeMissing(object);
      const response = await server.request({ method: 'PUT', path, body: object, ...during });
      if (response.status === 409 || response.status === 404) return undefined;
      if (response.status !== 200) throw requestFailed(formatObjectId(objectId(object)), 'replace', response);
      return response.body as KubernetesObject;
    },

    async delete(id: ObjectId, uid: string): Promise<boolean> {
      const path = await pathOf(id);
      if (path === undefined) return false;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy: 'Background' };
      const response = await server.request({ method: 'DELETE', path, body, ...during });
      if (response.status === 404 || response.status === 409) return false;
      if (response.status !== 200 && response.status !== 202)
        throw requestFailed(formatObjectId(id), 'delete', response);
      return true;
    },

    async *watch(type: ObjectType, options: ListOptions & { resourceVersion: string }, until: AbortSignal) {
      const path = await paths(type, options);
      if (path === undefined)
        throw watchFailed(`${type.kind} objects`, { kind: 'Status', message: 'the type is not served' });
      yield* watchOf(type, path, options, signal ? AbortSignal.any([signal, until]) : until);
    },

    log(container, until) {
      return followLog(server, container, signal ? AbortSignal.any([signal, until]) : until);
    },
  };

  async function* watchOf(
    type: ObjectType,
    path: string,
    options: ListOptions & { resourceVersion: string },
    until: AbortSignal,
  ): AsyncGenerator<WatchEvent> {
    const { resourceVersion } = options;
    const search = query({ ...selectorOf(options), watch: 'true', allowWatchBookmarks: 'true', resourceVersion });
    try {
      const response = await server.open({ method: 'GET', path: path + search, patient: true, signal: until });
      if (response.statusCode !== 200) {
        response.destroy();
        throw watchFailed(`${type.kind} objects`, {
          kind: 'Status',
          code: response.statusCode ?? 0,
          message: `HTTP ${response.statusCode}`,
        });
      }
      yield* watchEvents(`${type.kind} objects`, response);
    } catch (error) {
      if (until.aborted) return;
      if (error instanceof DeliveryError) throw error;
      throw new DeliveryError(`watch of ${type.kind} objects was cut off: ${String(error)}`, {
        code: 'WatchFailed',
        retryable: true,
        cause: error,
      });
    }
  }
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const metadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

function selectorOf({ labelSelector }: ListOptions): Record<string, string> {
  return labelSelector === undefined ? {} : { labelSelector };
}

function query(parameters: Record<string, string>): string {
  const text = new URLSearchParams(parameters).toString();
  return text === '' ? '' : `?${text}`;
}

function typeMissing(object: KubernetesObject): DeliveryError {
  return new DeliveryError(
    `${formatObjectId(objectId(object))} cannot be written: the API server does not serve ${object.apiVersion} ${object.kind}`,
    { code: 'TypeMissing' },
  );
}
