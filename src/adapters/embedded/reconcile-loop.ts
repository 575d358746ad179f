import { messageOf } from '../../errors.ts';

export interface ReconcileLoop {
  request(): void;
  end(): void;
}

/** Runs `work` after a request, one run at a time, many requests as one; a run that failed is repeated. */
export function reconcileLoop(work: () => Promise<void>, failed: (reason: string | undefined) => void): ReconcileLoop {
  let state: 'idle' | 'due' | 'running' | 'again' | 'ended' = 'idle';

  function request(): void {
    if (state === 'running') state = 'again';
    if (state !== 'idle') return;
    state = 'due';
    setTimeout(run, 20);
  }

  function run(): void {
    if (state !== 'due') return;
    state = 'running';
    work()
      .then(() => failed(undefined))
      .catch((error) => {
        failed(messageOf(error));
        setTimeout(request, 1000);
      })
      .finally(() => {
        const again = state === 'again';
        if (state !== 'ended') state = 'idle';
        if (again) request();
      });
  }

  return { request, end: () => (state = 'ended') };
}
