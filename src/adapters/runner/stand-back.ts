import { constants, setPriority } from 'node:os';

/**
 * Has this process, and all that it starts from now on, yield to the others of the machine: what it measures may run
 * beside it.
 */
export function standBack(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}
