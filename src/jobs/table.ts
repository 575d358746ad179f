import { access } from './access.ts';
import { demo } from './demo.ts';
import { gate } from './gate.ts';
import type { Job, JobContext, JobResult } from './job.ts';
import { kind } from './kind.ts';
import { localDaemon, localDown, localStatus, localUp } from './local.ts';
import { plan } from './plan.ts';
import { promote } from './promote.ts';
import { rehearse } from './rehearse.ts';
import { render } from './render.ts';
import { repair } from './repair.ts';
import { setup } from './setup.ts';
import { status } from './status.ts';
import { upgrade } from './upgrade.ts';

/** A job of which nothing is known but that its inputs were read by its own table of inputs. */
export type AnyJob = Omit<Job, 'run' | 'post'> & {
  run(inputs: never, context: JobContext): Promise<JobResult<string>>;
  post?(inputs: never, context: JobContext): Promise<void>;
};

/** Every job, in the order of help and README; an action and a command each, as its `surfaces` say. */
export const jobs: readonly AnyJob[] = [
  setup,
  render,
  plan,
  gate,
  promote,
  rehearse,
  upgrade,
  status,
  repair,
  access,
  kind,
  localUp,
  localDown,
  localStatus,
  localDaemon,
  demo,
];
