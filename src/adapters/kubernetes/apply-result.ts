import type { ApplyResult } from '../../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { ApiResponse } from './api-server.ts';
import { fieldConflicts, requestFailed, statusOf } from './status.ts';

/** What the API server's answer to a server-side apply means; throws where nobody can decide about it. */
export function applyResult(object: KubernetesObject, response: ApiResponse): ApplyResult {
  const status = statusOf(response);
  switch (response.status) {
    case 200:
    case 201:
      return { kind: 'applied', object: response.body as KubernetesObject };
    case 404:
      return { kind: 'absent', missing: 'namespace' };
    case 409: {
      const conflicts = fieldConflicts(status);
      return conflicts.length > 0 ? { kind: 'conflict', conflicts } : { kind: 'changed' };
    }
    case 400:
    case 422:
      return { kind: 'invalid', reason: status.message ?? status.reason ?? 'no reason given' };
    case 403:
      if (/admission webhook|denied the request|exceeded quota/.test(status.message ?? '')) {
        return { kind: 'invalid', reason: status.message ?? 'denied by an admission webhook' };
      }
      throw requestFailed(formatObjectId(objectId(object)), 'apply', response);
    default:
      throw requestFailed(formatObjectId(objectId(object)), 'apply', response);
  }
}
