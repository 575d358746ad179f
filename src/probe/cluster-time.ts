import { endOf, type Sample } from './sample.ts';

/** Two clocks that differ by less are taken for one: milliseconds. */
const tolerated = 2_000;

/**
 * Puts samples on the clock of this run, whose phases they belong to. A request cannot have ended after its line came
 * in; the smallest distance seen between the two is that of the clocks, but for what a line takes on its way.
 */
export function clusterTime(): (sample: Sample, cameIn: number) => Sample {
  let distance: number | undefined;
  return (sample, cameIn) => {
    const seen = cameIn - endOf(sample);
    distance = Math.min(distance ?? seen, seen);
    return Math.abs(distance) < tolerated ? sample : { ...sample, at: sample.at + distance };
  };
}
