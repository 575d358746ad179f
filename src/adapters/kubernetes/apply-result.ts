import type { ApplyResult } from '../../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { ApiResponse } from './api-server.ts';
import { fieldConflicts, objection, requestFailed, statusOf } from './status.ts';

/** What the API server's answer to a server-side apply means; throws where nobody can decide about it. */
export function applyResult(object: KubernetesObject, response: ApiResponse): ApplyResult {
  switch (response.status) {
    case 200:
    case 201:
      return { kind: 'applied', object: response.body as KubernetesObject, warnings: response.warnings };
    case 404:
      return { kind: 'absent', missing: 'namespace' };
    case 409: {
      const conflicts = fieldConflicts(statusOf(response));
      return conflicts.length > 0 ? { kind: 'conflict', conflicts } : { kind: 'changed' };
    }
    default: {
      const reason = objection(response);
      if (reason !== undefined) return { kind: 'invalid', reason };
      throw requestFailed(formatObjectId(objectId(object)), 'apply', response);
    }
  }
}
