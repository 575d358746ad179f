import { z } from 'zod';
import { type ShapeOf, timeSchema } from '../mesh/read-document.ts';
import { type ProcessRecord, processRecordSchema } from './process-record.ts';

/** One job of one run on one Actions runner. */
export interface RunnerJob {
  /** The runner, as no other on this machine is called: its name and its folder for temporary files. */
  runner: string;
  run: string;
  attempt: string;
  job: string;
}

/** What is written down about a kind cluster, before it is created and whenever something is added to it. */
export interface KindRecord {
  name: string;
  /** ISO 8601. */
  created: string;
  /** False until the cluster is ready: such a cluster is deleted when its creator is gone. */
  complete: boolean;
  creator: ProcessRecord;
  /** It was made for the time of its creator alone. */
  throwAway?: true;
  /** Of a cluster that an action made. */
  job?: RunnerJob;
  /** Which of the pod and service networks it has; absent with a configuration of the user's own. */
  slot?: number;
  /** `kind create` while it runs. */
  processes: ProcessRecord[];
  /** Files elsewhere that go with the cluster. */
  files: string[];
  /** Name of the container of the local registry that it uses. */
  registry?: string;
  /** Its CA was signed by the root of this home folder. */
  rootCa?: true;
  /** cloud-provider-kind serves it. */
  loadBalancer?: true;
}

export const kindRecordSchema: z.ZodType<KindRecord> = z.looseObject({
  name: z.string().min(1),
  created: timeSchema,
  complete: z.boolean(),
  creator: processRecordSchema,
  throwAway: z.literal(true).exactOptional(),
  job: z
    .looseObject({
      runner: z.string(),
      run: z.string(),
      attempt: z.string(),
      job: z.string(),
    } satisfies ShapeOf<RunnerJob>)
    .exactOptional(),
  slot: z.int().nonnegative().exactOptional(),
  processes: z.array(processRecordSchema),
  files: z.array(z.string()),
  registry: z.string().exactOptional(),
  rootCa: z.literal(true).exactOptional(),
  loadBalancer: z.literal(true).exactOptional(),
} satisfies ShapeOf<KindRecord>);

/** Why a cluster that was written down belongs to nobody any more; undefined while it may still be in use. */
export function leftoverReason(
  record: KindRecord,
  now: { creatorAlive: boolean; job: RunnerJob | undefined },
): string | undefined {
  if (!record.complete && !now.creatorAlive) {
    return `process ${record.creator.pid} was ended while it created it`;
  }
  if (record.throwAway && !now.creatorAlive) return `process ${record.creator.pid}, which it was made for, is gone`;
  const { job } = record;
  // A runner does one job at a time: what another one left behind is nobody's.
  if (job && now.job && job.runner === now.job.runner && !isSameJob(job, now.job)) {
    return `job ${job.job} of run ${job.run} (attempt ${job.attempt}) left it on this runner`;
  }
  return undefined;
}

export function isSameJob(one: RunnerJob, other: RunnerJob): boolean {
  return one.runner === other.runner && one.run === other.run && one.attempt === other.attempt && one.job === other.job;
}
