import { readTextFile } from '../adapters/files/text-files.ts';
import { isStop, messageOf } from '../errors.ts';
import type { Evidence } from '../gate/evidence.ts';
import { environmentsBefore } from '../gate/judge.ts';
import { environmentOf } from '../plan/plan-environment.ts';
import { type LookOptions, lookAt } from '../probe/health/look-at.ts';
import { evidenceOf, parseRecord } from '../record/evidence.ts';
import type { EnvironmentFacts } from './environment-inputs.ts';
import type { JobContext } from './job.ts';

export interface GatherOptions {
  /** Files of records that promotions wrote. */
  records: string[];
  look: LookOptions;
}

/** All that can be known of the environments before: their records, and a look at their clusters where one can be had. */
export async function gatherEvidence(
  { bundle, environment }: EnvironmentFacts,
  { records, look }: GatherOptions,
  { reporter, signal }: JobContext,
): Promise<Evidence[]> {
  const { mesh, environments } = bundle.manifest;
  const read = await Promise.all(
    records.map(async (file) => evidenceOf(parseRecord(await readTextFile(file, 'evidence'), file), mesh)),
  );
  const looks = await Promise.all(
    environmentsBefore(environment, environments).map(async (name) => {
      try {
        return [await lookAt(environmentOf(bundle, name), look)];
      } catch (error) {
        if (isStop(error, signal)) throw error;
        // The credentials for one environment seldom reach another; its record must speak for it then.
        reporter.line(`no look at ${name}: ${messageOf(error)}`);
        return [];
      }
    }),
  );
  return [...read, ...looks].flat();
}
