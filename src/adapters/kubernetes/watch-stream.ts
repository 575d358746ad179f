import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { DeliveryError } from '../../errors.ts';
import type { WatchEvent } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { Status } from './status.ts';

interface WatchLine {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubernetesObject | Status;
}

/** The events of one watch response, until it ends. */
export async function* watchEvents(subject: string, response: IncomingMessage): AsyncGenerator<WatchEvent> {
  for await (const text of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (text === '') continue;
    yield watchEvent(subject, JSON.parse(text) as WatchLine);
  }
}

function watchEvent(subject: string, { type, object }: WatchLine): WatchEvent {
  switch (type) {
    case 'ADDED':
      return { kind: 'added', object: object as KubernetesObject };
    case 'MODIFIED':
      return { kind: 'modified', object: object as KubernetesObject };
    case 'DELETED':
      return { kind: 'deleted', object: object as KubernetesObject };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion: (object as KubernetesObject).metadata.resourceVersion ?? '' };
    case 'ERROR':
      throw watchFailed(subject, object as Status & { code?: number });
  }
}

/**
 * `WatchExpired` when the resourceVersion is too old: list again and watch from there. `Forbidden` when the right to watch
 * is missing, which no retry brings.
 */
export function watchFailed(subject: string, status: Status & { code?: number }): DeliveryError {
  if (status.code === 403) {
    return new DeliveryError(
      `${subject} watch failed (Forbidden): this account has no right to watch them; grant it, or use another kubeconfig`,
      { code: 'Forbidden' },
    );
  }
  const expired = status.code === 410 || status.reason === 'Expired' || status.reason === 'Gone';
  return new DeliveryError(`watch of ${subject} ended: ${status.message ?? status.reason ?? 'no reason given'}`, {
    code: expired ? 'WatchExpired' : 'WatchFailed',
    retryable: true,
  });
}
