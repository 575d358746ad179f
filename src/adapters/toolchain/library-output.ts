import { AsyncLocalStorage } from 'node:async_hooks';

/** Takes a line that a library prints. */
type LineSink = (line: string) => void;

const sinks = new AsyncLocalStorage<LineSink>();
let patched = false;

/**
 * Runs a call into @actions/tool-cache, whose lines go to standard output, where the caller's JSON or table belongs.
 * Only what is written by this call is taken; its debug commands are dropped, the rest goes to `sink`.
 */
export function withLibraryOutput<T>(sink: LineSink, run: () => T): T {
  patchOnce();
  return sinks.run(sink, run);
}

function patchOnce(): void {
  if (patched) return;
  patched = true;
  const write = process.stdout.write.bind(process.stdout);
  const diverted = (...args: Parameters<typeof write>): boolean => {
    const sink = sinks.getStore();
    if (sink === undefined) return write(...args);
    const text = String(args[0]).trim();
    if (text !== '' && !text.startsWith('::debug::')) sink(text);
    return true;
  };
  process.stdout.write = diverted as typeof process.stdout.write;
}
