/** Wakes one who waits for news. */
export interface Bell {
  ring(): void;
  /** Resolves when it rang since the last call; rejects with the signal's reason. */
  rung(signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let news = Promise.withResolvers<void>();
  return {
    ring: () => news.resolve(),
    async rung(signal) {
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<void>();
      const abort = () => aborted.reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        await Promise.race([news.promise, aborted.promise]);
      } finally {
        signal.removeEventListener('abort', abort);
      }
      news = Promise.withResolvers<void>();
    },
  };
}
