import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

/**
 * Loaded before a program (`node --import`): counts the HTTP requests that it sends, and writes them with its peak
 * memory to the file that BENCH_USAGE names when it ends.
 */
export interface Usage {
  requests: number;
  /** Peak resident memory in MiB. */
  memory: number;
}

let requests = 0;
subscribe('http.client.request.start', () => {
  requests += 1;
});
process.once('exit', () => {
  const usage: Usage = { requests, memory: Math.round(process.resourceUsage().maxRSS / 1024) };
  if (process.env.BENCH_USAGE !== undefined) writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage));
});
