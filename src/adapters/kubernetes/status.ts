import { DeliveryError } from '../../errors.ts';
import type { FieldConflict } from '../../ports/cluster.ts';
import type { ApiResponse } from './api-server.ts';

/** The API server's own answer where it could not do what was asked. */
export interface Status {
  kind: 'Status';
  message?: string;
  reason?: string;
  details?: { causes?: { reason?: string; message?: string; field?: string }[] };
}

export function statusOf(response: ApiResponse): Status {
  const { body, status } = response;
  if (typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status') return body as Status;
  return { kind: 'Status', message: `HTTP ${status}: ${String(body).slice(0, 200)}` };
}

/** Whom each conflicting field belongs to, from an answer of 409; empty for any other conflict. */
export function fieldConflicts(status: Status): FieldConflict[] {
  return (status.details?.causes ?? [])
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map((cause) => ({
      owner: /conflict with "([^"]+)"/.exec(cause.message ?? '')?.[1] ?? cause.message ?? 'unknown',
      field: cause.field ?? '(unknown field)',
    }));
}

/** Answers of 500 that are about the object alone: what was sent, or what is there, does not fit the type's schema. */
const misfit = /failed to create typed (?:patch|live) object \([^)]*\):(?: errors:)?\s*([\s\S]*)/;

/** Why an object cannot be taken, whoever sends it; undefined where the answer is about something else. */
export function objection(response: ApiResponse): string | undefined {
  const { message = '', reason, details } = statusOf(response);
  switch (response.status) {
    case 400:
    case 413:
    case 422:
      return message || reason || 'no reason given';
    case 403:
      if (details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')) {
        const name = /in namespace (\S+) because/.exec(message)?.[1];
        return `${name === undefined ? 'its namespace' : `namespace "${name}"`} is being deleted; wait until it is gone, or remove what holds it (its finalizers, and objects in it that have some)`;
      }
      return /admission webhook|denied the request|denied request|exceeded quota/.test(message) ? message : undefined;
    case 500: {
      const lines = misfit
        .exec(message)?.[1]
        ?.trim()
        .split(/\s*\n\s*/);
      if (lines) return `it does not fit its schema: ${lines.join('; ')}; correct the field`;
      return /request is too large|message larger than max/.test(message) ? message : undefined;
    }
    default:
      return undefined;
  }
}

/** The error for an answer that nobody expected. */
export function requestFailed(subject: string, verb: string, response: ApiResponse): DeliveryError {
  const { message, reason } = statusOf(response);
  const webhook = /failed calling webhook "([^"]+)"/.exec(message ?? '')?.[1];
  if (webhook !== undefined) {
    return new DeliveryError(
      `${subject} ${verb} failed (WebhookUnreachable): ${message}; see whether the Service behind webhook "${webhook}" has ready endpoints`,
      { code: 'WebhookUnreachable', retryable: true },
    );
  }
  return new DeliveryError(
    `${subject} ${verb} failed (${reason || `HTTP ${response.status}`}): ${message ?? 'no reason given'}${cureOf(response.status)}`,
    { code: reason || `Http${response.status}`, retryable: response.status === 429 || response.status >= 500 },
  );
}

function cureOf(status: number): string {
  if (status === 401) return '; renew the credentials in the kubeconfig';
  if (status === 429 || status >= 500) return '; try again when the API server is well';
  return status === 403 ? '; grant the right to this account, or use another kubeconfig' : '';
}
