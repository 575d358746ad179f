/** State of a node's container, as the Docker engine tells it. */
export interface NodeState {
  name: string;
  /** `running`, `exited`, `paused`, `restarting`, `dead`, `created`. */
  status: string;
  exitCode: number;
  /** The kernel has ended a process of it for want of memory. */
  outOfMemory: boolean;
  /** What the engine says of a container that it could not start. */
  error: string;
}

/** Go's template for `docker inspect`, one line a container. */
export const nodeStateFormat =
  '{{.Name}}\t{{.State.Status}}\t{{.State.ExitCode}}\t{{.State.OOMKilled}}\t{{.State.Error}}';

/** Reads what `docker inspect` printed in that format. */
export function readNodeStates(output: string): NodeState[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', status = '', exitCode = '', outOfMemory = '', error = ''] = line.split('\t');
      return {
        name: name.replace(/^\//, ''),
        status,
        exitCode: Number(exitCode),
        outOfMemory: outOfMemory === 'true',
        error: error.trim(),
      };
    });
}

const signals: Readonly<Record<number, string>> = { 130: 'interrupted', 137: 'killed', 143: 'told to end' };

/** Why containers of nodes carry no cluster any more; undefined where each of them runs. */
export function nodeFailure(expected: readonly string[], states: readonly NodeState[]): string | undefined {
  const failures = expected.flatMap((name) => {
    const state = states.find((each) => each.name === name);
    if (state === undefined) return [`node container ${name} is gone`];
    return state.status === 'running' ? [] : [`node container ${name} ${howItStands(state)}`];
  });
  return failures.length === 0 ? undefined : failures.join('; ');
}

function howItStands({ status, exitCode, outOfMemory, error }: NodeState): string {
  const said = error === '' ? '' : `: ${error}`;
  if (status !== 'exited' && status !== 'dead') return `is ${status}${said}`;
  const how = outOfMemory ? 'out of memory' : signals[exitCode];
  return `exited with ${exitCode}${how === undefined ? '' : ` (${how})`}${said}`;
}
