import type { ApiFault, Fault } from '../../local/fault.ts';
import { apiCallOf, hitsCall } from '../../local/fault-match.ts';

/** The faults of one cluster at the moment. They live as long as its daemon. */
export interface FaultBoard {
  all(): readonly Fault[];
  replace(faults: readonly Fault[]): void;
  /** The fault that hits this request now, counted as hit; one of `failures` alone where they are given. */
  hit(method: string, url: string, failures?: readonly ApiFault['failure'][]): ApiFault | undefined;
}

/** A board without faults. */
export function createFaultBoard(): FaultBoard {
  let faults: readonly Fault[] = [];
  let hits = new Map<Fault, number>();
  return {
    all: () => faults,

    replace(next) {
      faults = next;
      hits = new Map();
    },

    hit(method, url, failures) {
      const call = apiCallOf(method, url);
      const fault = faults.find(
        (fault): fault is ApiFault =>
          fault.kind === 'api' &&
          (failures?.includes(fault.failure) ?? true) &&
          (hits.get(fault) ?? 0) < (fault.first ?? Number.POSITIVE_INFINITY) &&
          hitsCall(fault, call),
      );
      if (fault) hits.set(fault, (hits.get(fault) ?? 0) + 1);
      return fault;
    },
  };
}
