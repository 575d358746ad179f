import { DeliveryError, messageOf } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ConnectedProxy, ProxyDirectory } from '../../ports/proxies.ts';
import { createBell } from './bell.ts';

/** How the proxy of one pod stands with the istiods of the revision. */
export type ProxyState =
  | { kind: 'synced' }
  /** Not known yet; `reason` where the istiods cannot be asked, and `lasting` where waiting does not help. */
  | { kind: 'unknown'; reason?: string; lasting?: true }
  | { kind: 'absent' }
  /** Normal while istiod pushes. */
  | { kind: 'behind'; reason: string }
  /** It has refused its configuration in several answers in a row. */
  | { kind: 'rejected'; reason: string };

export interface ProxyWatchOptions {
  proxies: ProxyDirectory;
  revision: string;
  clock: Clock;
  /** Called after every answer, and after every failure to get one. */
  answered(): void;
}

/** The proxies of one revision, asked for as long as somebody waits for one. */
export interface ProxyWatch {
  /**
   * By an answer to a question that was asked at `since` or later (milliseconds). Whoever gets anything but `synced`
   * waits, and has the istiods asked once more.
   */
  stateOf(pod: { namespace: string; name: string }, since: number): ProxyState;
  /** Asks, one question at a time, until the signal is aborted. */
  follow(signal: AbortSignal): Promise<void>;
}

/** Milliseconds between an answer and the next question. */
const askEvery = 1_000;

/** A rejection is final only when it stays: istiod may have sent half of a change, and the rest comes at once. */
const rejectionsInARow = 5;

export function watchProxies({ proxies, revision, clock, answered }: ProxyWatchOptions): ProxyWatch {
  const bell = createBell();
  let wanted = false;
  let asked = Number.NEGATIVE_INFINITY;
  let trouble: { reason: string; lasting?: true } | undefined;
  let known = new Map<string, { proxy: ConnectedProxy; rejections: number }>();

  async function ask(signal: AbortSignal): Promise<void> {
    const now = clock.now().getTime();
    try {
      const answer = await proxies.connected(revision);
      const before = known;
      known = new Map(
        answer.map((proxy) => {
          const key = `${proxy.namespace}/${proxy.pod}`;
          return [key, { proxy, rejections: proxy.rejected ? (before.get(key)?.rejections ?? 0) + 1 : 0 }];
        }),
      );
      asked = now;
      trouble = undefined;
    } catch (error) {
      signal.throwIfAborted();
      const isLasting = error instanceof DeliveryError && !error.retryable;
      trouble = { reason: messageOf(error), ...(isLasting ? { lasting: true } : {}) };
    }
    answered();
  }

  return {
    stateOf({ namespace, name }, since) {
      const entry = known.get(`${namespace}/${name}`);
      if (asked >= since && entry?.proxy.synced) return { kind: 'synced' };
      wanted = true;
      bell.ring();
      if (asked < since) return { kind: 'unknown', ...trouble };
      if (entry === undefined) return { kind: 'absent' };
      const reason = entry.proxy.reason ?? 'it is not in sync';
      return { kind: entry.rejections >= rejectionsInARow ? 'rejected' : 'behind', reason };
    },

    async follow(signal) {
      try {
        while (!signal.aborted) {
          if (!wanted) {
            await bell.rung(signal);
            continue;
          }
          wanted = false;
          await ask(signal);
          await clock.sleep(askEvery, signal);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
