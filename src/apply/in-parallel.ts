import pMap from 'p-map';
import { requestsAtOnce } from '../plan/plan-cluster.ts';

/**
 * Works on several items at a time. When one fails, or the signal is aborted, nothing more is begun, and what has
 * begun is awaited: no write may land after the lock is given back.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const begun: Promise<Result>[] = [];
  const begin = (item: Item) => {
    const running = work(item);
    begun.push(running);
    return running;
  };
  try {
    return await pMap(items, begin, { concurrency: requestsAtOnce, signal });
  } finally {
    await Promise.allSettled(begun);
  }
}
