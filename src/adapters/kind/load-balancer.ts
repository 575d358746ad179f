import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { kindFolder } from '../../local/kind-layout.ts';
import { type ProcessRecord, processRecordSchema } from '../../local/process-record.ts';
import { endProcesses, isAlive, recordProcess } from '../embedded/process-identity.ts';
import { readRecord, writeRecord } from '../embedded/record-file.ts';
import { withLock } from '../files/with-lock.ts';
import { findExecutable } from '../toolchain/find-executable.ts';
import type { KindContext } from './kind-options.ts';
import { waitingFor } from './kind-records.ts';

const programName = 'cloud-provider-kind';
/** Milliseconds that a program which cannot run at all takes to end. */
const startPatience = 2_000;

/** Where cloud-provider-kind is on this machine; throws `LoadBalancerUnavailable` where it is not. */
export async function findLoadBalancer(explicit: string | undefined, environment: NodeJS.ProcessEnv): Promise<string> {
  const path = explicit ? resolve(explicit) : await findExecutable(programName, folders(environment.PATH));
  if (path !== undefined && existsSync(path)) return path;
  throw new DeliveryError(
    `${programName} cannot be run: ${explicit === undefined ? 'it is not on PATH' : `there is no ${explicit}`}; install it (https://github.com/kubernetes-sigs/cloud-provider-kind), or reach Services of type NodePort through port mappings`,
    { code: 'LoadBalancerUnavailable' },
  );
}

/** Has one cloud-provider-kind run for all clusters of this home folder; it serves every kind cluster of the engine. */
export async function startLoadBalancer(program: string, context: KindContext): Promise<void> {
  const { home, clock, signal } = context;
  await withLock(join(kindFolder(home), `.${programName}.lock`), waitingFor(programName, context), async () => {
    const before = readRecord(recordOf(home), processRecordSchema);
    if (before && isAlive(before)) return;
    const log = logOf(home);
    const record = spawnDetached(program, log, context.environment);
    if (record) writeRecord(recordOf(home), record);
    await clock.sleep(startPatience, signal);
    if (record && isAlive(record)) return;
    const said = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' | ') : '';
    throw new DeliveryError(`${programName} ended as soon as it was started: ${said || 'it said nothing'}`, {
      code: 'LoadBalancerFailed',
    });
  });
}

/** Ends the program, where it was started for clusters of this home folder. */
export async function endLoadBalancer(home: string): Promise<void> {
  const record = readRecord(recordOf(home), processRecordSchema);
  if (record) await endProcesses([record], 5_000);
  for (const path of [recordOf(home), logOf(home)]) rmSync(path, { force: true });
}

function spawnDetached(program: string, log: string, environment: NodeJS.ProcessEnv): ProcessRecord | undefined {
  mkdirSync(join(log, '..'), { recursive: true });
  const file = openSync(log, 'w', 0o600);
  // It outlives the step that starts it, so it is given none of the step's secrets.
  const kept = Object.entries(environment).filter(([name]) => !/TOKEN|SECRET|PASSWORD/i.test(name));
  const child = spawn(program, [], {
    detached: true,
    env: { ...Object.fromEntries(kept), KIND_EXPERIMENTAL_PROVIDER: 'docker' },
    stdio: ['ignore', file, file],
  });
  child.on('error', () => undefined);
  closeSync(file);
  child.unref();
  return child.pid === undefined ? undefined : recordProcess(programName, child.pid);
}

function folders(path: string | undefined): string[] {
  return (path ?? '').split(delimiter).filter((folder) => folder !== '');
}

function recordOf(home: string): string {
  return join(kindFolder(home), `.${programName}.json`);
}

function logOf(home: string): string {
  return join(kindFolder(home), `.${programName}.log`);
}
