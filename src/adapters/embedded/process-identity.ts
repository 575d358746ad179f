import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess, type ProcessRecord, startTimeOfStat } from '../../local/process-record.ts';

/** When the process with this pid started, in a form that only equality means something of; undefined when there is none. */
export function startedAt(pid: number): string | undefined {
  if (process.platform !== 'linux') return startedAtByPs(pid);
  try {
    const ticks = startTimeOfStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return ticks === undefined ? undefined : `${bootId()}/${ticks}`;
  } catch {
    return undefined;
  }
}

/** What to write down about a process that was just started; undefined when it has ended already. */
export function recordProcess(name: string, pid: number): ProcessRecord | undefined {
  const started = startedAt(pid);
  return started === undefined ? undefined : { name, pid, startedAt: started };
}

export function isAlive(record: ProcessRecord): boolean {
  return isSameProcess(record, startedAt(record.pid));
}

/** Signals that very process; false when it is gone. */
export function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): boolean {
  if (!isAlive(record)) return false;
  try {
    return process.kill(record.pid, signal);
  } catch {
    return false;
  }
}

/** Ends the processes: asks them first, when `grace` (milliseconds) allows, and waits until every one is gone. */
export async function endProcesses(records: readonly ProcessRecord[], grace: number): Promise<void> {
  if (grace > 0) for (const record of records) signalProcess(record, 'SIGTERM');
  const patience = Date.now() + grace;
  while (records.some(isAlive) && Date.now() < patience) await sleep(50);
  while (records.some(isAlive)) {
    for (const record of records) signalProcess(record, 'SIGKILL');
    await sleep(20);
  }
}

/** Processes whose program lies in `folder`: what a start that was cut off may have left without writing it down. */
export function processesRunning(folder: string): ProcessRecord[] {
  return allPids().flatMap((pid) => {
    const program = programOf(pid);
    if (program === undefined || !program.startsWith(`${folder}/`)) return [];
    const record = recordProcess(program.slice(folder.length + 1), pid);
    return record ? [record] : [];
  });
}

function allPids(): number[] {
  if (process.platform === 'linux')
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  return execFileSync('ps', ['-axo', 'pid='], { encoding: 'utf8' })
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** The first argument, which kwokctl sets to the path below the cluster's folder; the file itself may be a link. */
function programOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).split(' ')[0];
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] || readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

let knownBootId: string | undefined;

/** Start times count from the boot, so the boot belongs to them. */
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}

function startedAtByPs(pid: number): string | undefined {
  try {
    const [state = '', ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}
