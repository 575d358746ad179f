import { durationSeconds } from './duration.ts';
import { findRepeated } from './find-repeated.ts';
import type { Finding } from './finding.ts';
import type { MeshFile } from './mesh-schema.ts';
import type { ProbeFile } from './probe-schema.ts';

/** Everything that is not right between the parts of the probe. */
export function checkProbe({ probe }: MeshFile): Finding[] {
  if (probe === undefined) return [];
  const { targets, prometheus } = probe;
  return [
    ...findRepeated(
      targets.map(({ name }, index) => ({ name, path: ['probe', 'targets', index, 'name'] })),
      'a name for each target',
    ),
    ...checkTimes(probe),
    ...(prometheus ? checkQueries(prometheus) : []),
  ];
}

/** What can never be judged is no probe. */
function checkTimes({ targets, thresholds, baseline, settle }: ProbeFile): Finding[] {
  const { minimum } = thresholds;
  return targets.flatMap(({ name, rate }) =>
    Object.entries({ baseline, settle }).flatMap(([key, duration]) => {
      const requests = Math.floor(rate * durationSeconds(duration));
      if (requests >= minimum) return [];
      const message = `expected a time in which target "${name}" gets at least ${minimum} requests, got ${duration}, in which it gets ${requests}; make it longer, raise the rate or lower probe.thresholds.minimum`;
      return [{ path: ['probe', key], message }];
    }),
  );
}

function checkQueries({ queries }: NonNullable<ProbeFile['prometheus']>): Finding[] {
  const path = (index: number, key: string) => ['probe', 'prometheus', 'queries', index, key];
  return [
    ...findRepeated(
      queries.map(({ name }, index) => ({ name, path: path(index, 'name') })),
      'a name for each query',
    ),
    ...queries.flatMap(({ min, max }, index) => {
      if (min === undefined && max === undefined) {
        return [{ path: path(index, 'name'), message: 'expected min, max or both, got neither; add one' }];
      }
      if (min === undefined || max === undefined || max >= min) return [];
      return [{ path: path(index, 'max'), message: `expected a max that is not below min (${min}), got ${max}` }];
    }),
  ];
}
