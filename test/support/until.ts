import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is neither undefined nor false, and gives it; fails after 60 seconds with the last error. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const giveUp = Date.now() + 60_000;
  let last: unknown;
  while (Date.now() < giveUp) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  throw new Error(`${what}: not within 60 s`, { cause: last });
}
