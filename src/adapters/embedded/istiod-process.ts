import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { backoffDelay } from '../../apply/backoff.ts';
import { messageOf } from '../../errors.ts';
import type { IstiodFault } from '../../local/fault.ts';
import type { ProcessHealth } from '../../local/istiod-status.ts';
import type { IstiodPorts } from '../../local/istiod-workload.ts';
import type { ProcessRecord } from '../../local/process-record.ts';
import type { Clock } from '../../ports/clock.ts';
import { endOf, type ProcessEnd } from './process-end.ts';
import { endProcesses, recordProcess } from './process-identity.ts';

/** What to run. */
export interface ProcessPlan {
  program: string;
  /** Where it will listen, as `args` say. */
  ports: IstiodPorts;
  args: string[];
  environment: Record<string, string>;
}

export interface IstiodProcessOptions {
  /** Of its workload, for records. */
  key: string;
  /** Its working folder: log, kubeconfig, token. */
  folder: string;
  clock: Clock;
  /** Works out what to run, before each start, on the ports it had if it can. */
  prepare(ports: IstiodPorts | undefined): Promise<ProcessPlan>;
  /** A process was started or ended, or its readiness changed. */
  changed(): void;
}

const backoff = { first: 1000, longest: 30_000 };
/** A process that lived this long is no longer counted as failing. */
const settled = 60_000;
const pollWhileStarting = 100;
const pollWhileReady = 500;
/** How long a process lives that is to crash. */
const shortLife = 300;

/** One pilot-discovery, started again when it ends, asked whether it is ready. */
export class IstiodProcess {
  readonly folder: string;
  #ports: IstiodPorts | undefined;
  #health: ProcessHealth = { ready: false, restarts: 0, reason: 'the istiod process was not started yet' };
  #record: ProcessRecord | undefined;
  readonly #options: IstiodProcessOptions;
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  #fault: IstiodFault['failure'] | undefined;
  /** Aborted, and made anew, when the fault changes. */
  #change = new AbortController();

  constructor(options: IstiodProcessOptions) {
    this.folder = options.folder;
    this.#options = options;
  }

  get health(): ProcessHealth {
    return this.#health;
  }

  /** Where it listens, or listened last; undefined until it was first started. */
  get ports(): IstiodPorts | undefined {
    return this.#ports;
  }

  /** The running process; undefined while there is none. */
  get record(): ProcessRecord | undefined {
    return this.#record;
  }

  start(): void {
    mkdirSync(this.folder, { recursive: true });
    this.#done = this.#keepRunning();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  /** Keeps the process stopped, or ends it soon after each start, until it is cured; returns when it no longer runs. */
  async suffer(fault: IstiodFault['failure'] | undefined): Promise<void> {
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.#change.abort();
    this.#change = new AbortController();
    if (fault === undefined || this.#record === undefined) return;
    this.#report({ ready: false, restarts: this.#health.restarts, reason: 'the istiod process is being ended' });
    await endProcesses([this.#record], 0);
  }

  async #keepRunning(): Promise<void> {
    const { clock, prepare } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      await this.#stayDown();
      const began = clock.now().getTime();
      let end: ProcessEnd;
      try {
        const plan = await prepare(this.#ports);
        if (signal.aborted || this.#fault === 'down') continue;
        end = await this.#runOnce(plan);
      } catch (error) {
        end = { reason: messageOf(error) };
      }
      if (signal.aborted) return;
      if (this.#fault === 'down') continue;
      failures = clock.now().getTime() - began > settled ? 0 : failures + 1;
      const { restarts } = this.#health;
      this.#report({ ready: false, restarts, ...end });
      await this.#sleep(backoffDelay(backoff, failures - 1, Math.random()));
      this.#health = { ...this.#health, restarts: restarts + 1 };
    }
  }

  /** For as long as a fault keeps it from running. */
  async #stayDown(): Promise<void> {
    if (this.#fault !== 'down') return;
    this.#report({ ready: false, restarts: this.#health.restarts, reason: 'the istiod process is kept stopped' });
    while (this.#fault === 'down' && !this.#stop.signal.aborted) await this.#sleep(settled);
  }

  /** Until the time is over, the fault changes, or this is to stop. */
  async #sleep(milliseconds: number): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#change.signal]);
    await this.#options.clock.sleep(milliseconds, signal).catch(() => undefined);
  }

  async #runOnce({ program, args, environment, ports }: ProcessPlan): Promise<ProcessEnd> {
    this.#ports = ports;
    const log = openSync(join(this.folder, 'istiod.log'), 'a', 0o600);
    const child = spawn(program, args, { cwd: this.folder, env: environment, stdio: ['ignore', log, log] });
    closeSync(log);
    const ended = endOf(child);
    if (child.pid !== undefined) this.#record = recordProcess(`istiod ${this.#options.key}`, child.pid);
    this.#report({ ready: false, restarts: this.#health.restarts, reason: 'the istiod process is starting' });
    const over = new AbortController();
    const watching = this.#watchReadiness(ports.http, over.signal);
    const stop = () => this.#record && void endProcesses([this.#record], 5000);
    this.#stop.signal.addEventListener('abort', stop);
    if (this.#stop.signal.aborted) stop();
    const crash = setTimeout(() => void this.#crash(), shortLife);
    const end = await ended;
    clearTimeout(crash);
    this.#stop.signal.removeEventListener('abort', stop);
    over.abort();
    await watching;
    this.#record = undefined;
    return end;
  }

  async #crash(): Promise<void> {
    if (this.#fault !== undefined && this.#record) await endProcesses([this.#record], 0);
  }

  async #watchReadiness(port: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ready = this.#fault === undefined && (await answers(port));
      if (signal.aborted || (ready && this.#fault !== undefined)) continue;
      if (ready !== this.#health.ready) {
        const { restarts } = this.#health;
        this.#report(
          ready ? { ready, restarts } : { ready, restarts, reason: 'the istiod process does not answer on /ready' },
        );
      }
      const pause = ready ? pollWhileReady : pollWhileStarting;
      await this.#options.clock.sleep(pause, signal).catch(() => undefined);
    }
  }

  #report(health: ProcessHealth): void {
    this.#health = health;
    this.#options.changed();
  }
}

/** The readiness probe of istiod's container. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path: '/ready', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(false));
    sent.end();
  });
}
