import type { Clock } from '../../ports/clock.ts';

/** Prints a state that changes often as a line when it changed, at most once in `interval` milliseconds. */
export interface ProgressLines {
  show(text: string): void;
  /** Prints the last state that was held back. */
  flush(): void;
  /** Drops it, because something newer was said. */
  drop(): void;
}

export function progressLines(print: (text: string) => void, clock: Clock, interval = 5_000): ProgressLines {
  let printed: string | undefined;
  let held: string | undefined;
  let last = Number.NEGATIVE_INFINITY;
  const flush = () => {
    if (held === undefined) return;
    printed = held;
    held = undefined;
    last = clock.now().getTime();
    print(printed);
  };
  return {
    show(text) {
      held = text === printed ? undefined : text;
      if (clock.now().getTime() - last >= interval) flush();
    },
    flush,
    drop() {
      held = undefined;
    },
  };
}
