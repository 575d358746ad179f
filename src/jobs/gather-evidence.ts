import { readTextFile } from '../adapters/files/text-files.ts';
import { lookAt } from '../apply/look.ts';
import { messageOf } from '../errors.ts';
import type { Evidence } from '../gate/evidence.ts';
import { environmentsBefore } from '../gate/judge.ts';
import { environmentOf } from '../plan/plan-environment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Reporter } from '../ports/reporter.ts';
import { evidenceOf, parseRecord } from '../record/evidence.ts';
import type { EnvironmentFacts } from './environment-inputs.ts';

export interface GatherOptions {
  /** Files of records that promotions wrote. */
  records: string[];
  clock: Clock;
  reporter: Reporter;
}

/** All that can be known of the environments before: their records, and a look at their clusters where one can be had. */
export async function gatherEvidence(
  { bundle, environment, connect }: EnvironmentFacts,
  { records, clock, reporter }: GatherOptions,
): Promise<Evidence[]> {
  const { mesh, namespaces, environments } = bundle.manifest;
  const read = await Promise.all(
    records.map(async (file) => evidenceOf(parseRecord(await readTextFile(file, 'evidence'), file), mesh)),
  );
  const looks = await Promise.all(
    environmentsBefore(environment, environments).map(async (name) => {
      try {
        return [await lookAt(environmentOf(bundle, name), { namespace: namespaces.controlPlane, connect, clock })];
      } catch (error) {
        // The credentials for one environment seldom reach another; its record must speak for it then.
        reporter.line(`no look at ${name}: ${messageOf(error)}`);
        return [];
      }
    }),
  );
  return [...read, ...looks].flat();
}
