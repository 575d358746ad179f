import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { backoffDelay } from '../../local/backoff.ts';
import type { ProcessHealth } from '../../local/istiod-status.ts';
import type { IstiodPorts } from '../../local/istiod-workload.ts';
import type { ProcessRecord } from '../../local/process-record.ts';
import type { Clock } from '../../ports/clock.ts';
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

/** One pilot-discovery, started again when it ends, asked whether it is ready. */
export class IstiodProcess {
  readonly folder: string;
  #ports: IstiodPorts | undefined;
  #health: ProcessHealth = { ready: false, restarts: 0, reason: 'the istiod process was not started yet' };
  #record: ProcessRecord | undefined;
  readonly #options: IstiodProcessOptions;
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();

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

  async #keepRunning(): Promise<void> {
    const { clock, prepare } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      const began = clock.now().getTime();
      let reason: string;
      try {
        reason = await this.#runOnce(await prepare(this.#ports));
      } catch (error) {
        reason = messageOf(error);
      }
      if (signal.aborted) return;
      failures = clock.now().getTime() - began > settled ? 0 : failures + 1;
      this.#report({ ready: false, restarts: this.#health.restarts, reason });
      await clock.sleep(backoffDelay(backoff, failures - 1, Math.random()), signal).catch(() => undefined);
      this.#health = { ...this.#health, restarts: this.#health.restarts + 1 };
    }
  }

  async #runOnce({ program, args, environment, ports }: ProcessPlan): Promise<string> {
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
    const reason = await ended;
    this.#stop.signal.removeEventListener('abort', stop);
    over.abort();
    await watching;
    this.#record = undefined;
    return reason;
  }

  async #watchReadiness(port: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ready = await answers(port);
      if (signal.aborted) return;
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

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`the istiod process could not be started: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(`the istiod process ended with ${signal === null ? `exit code ${code}` : signal}`),
    );
  });
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
