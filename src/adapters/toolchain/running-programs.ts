import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What kills each program that runs. */
const running = new Set<() => void>();

/** How often the process was told to end since the first of them runs. */
let told = 0;

/**
 * Runs while a program does: a process that exits meanwhile kills it, and so does one that is told to end a second time.
 * Where nobody else listens it ends itself: the run is over already, and only waits for the program to end.
 */
export async function withProgram<T>(kill: () => void, run: () => Promise<T>): Promise<T> {
  if (running.size === 0) listen();
  running.add(kill);
  try {
    return await run();
  } finally {
    running.delete(kill);
    if (running.size === 0) stopListening();
  }
}

function listen(): void {
  told = 0;
  process.on('exit', killAll);
  for (const name of signals) process.on(name, onSignal);
}

function stopListening(): void {
  process.off('exit', killAll);
  for (const name of signals) process.off(name, onSignal);
}

function killAll(): void {
  for (const kill of running) kill();
}

function onSignal(name: NodeJS.Signals): void {
  told += 1;
  if (told > 1) killAll();
  if (process.listenerCount(name) === 1) process.exit(128 + constants.signals[name]);
}
