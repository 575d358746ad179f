/**
 * Where a run says what it does: a terminal, or the log of an Actions runner. Every text may be of others: nothing in it is
 * obeyed, and its further lines are indented.
 */
export interface Reporter {
  /**
   * Runs one phase under its own heading (a log group on a runner). It fails where `run` throws, and where `isGood` says
   * that what came of it is no success: a gate that refuses returns its verdict.
   */
  phase<T>(title: string, run: () => Promise<T>, isGood?: (result: T) => boolean): Promise<T>;
  /** One entry, for one object or one fact. */
  line(text: string): void;
  /**
   * The state of something that takes long. A terminal shows it in place; elsewhere it becomes a line
   * when it changed, at most every few seconds.
   */
  progress(text: string): void;
  /** What the reader must look at: an annotation on a runner. */
  warning(text: string): void;
  /** Hides a value in everything printed from now on. */
  secret(value: string): void;
}
