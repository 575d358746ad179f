import { expect } from 'vitest';
import { readJournal } from '../../src/upgrade/keep-journal.ts';
import { journalMoment } from './journal-moment.ts';
import { breakLock, controlPlane, type UpgradeTarget, upgradeProcess } from './upgrade-process.ts';
import type { Side } from './write-gate.ts';

/** Where a process was killed. */
export interface Kill {
  moment: string;
  side: Side;
}

/** Sides of the n-th moment, from 0, at which a process dies. */
export type SidesOf = (n: number) => readonly Side[];

export const bothSides: SidesOf = () => ['before', 'after'];
/** One in turns with the other. */
export const inTurns: SidesOf = (n) => [n % 2 === 0 ? 'before' : 'after'];

export interface ChainOptions {
  command: string;
  sides: SidesOf;
  /** How the n-th kill, from 0, is followed up, once the command itself stands in the journal. */
  followUp: (n: number) => string;
}

/** Runs a command to its end in a process that nobody kills, and tells the moments of its journal writes, in order. */
export async function undisturbed(target: UpgradeTarget, command: string): Promise<string[]> {
  const moments: string[] = [];
  const run = await upgradeProcess(target, command, {
    dies(write, side) {
      const moment = side === 'before' ? journalMoment(write) : undefined;
      if (moment !== undefined) moments.push(moment);
      return false;
    },
  });
  expect(run, `${command}: ${run.stderr}`).toMatchObject({ code: 0 });
  return moments;
}

/**
 * Runs a command and kills its process at the first journal write that tells of a new moment, follows up and kills that
 * at the next new moment, until a run ends by itself or the last write of all was carried out.
 */
export async function killThroughout(
  target: UpgradeTarget,
  { command, sides, followUp }: ChainOptions,
): Promise<Kill[]> {
  const seen: string[] = [];
  const kills: Kill[] = [];
  let next = command;
  while (true) {
    await breakLock(target.cluster);
    const run = await upgradeProcess(target, next, {
      dies(write, side) {
        const moment = journalMoment(write);
        if (moment === undefined) return false;
        if (!seen.includes(moment)) seen.push(moment);
        if (!sides(seen.indexOf(moment)).includes(side)) return false;
        if (kills.some((kill) => kill.moment === moment && kill.side === side)) return false;
        kills.push({ moment, side });
        return true;
      },
    });
    if (!run.killed) {
      expect(run, `${next}: ${run.stderr}`).toMatchObject({ code: 0 });
      return kills;
    }
    const last = kills.at(-1);
    const unheard = seen.length === 1 && last?.side === 'before';
    if (!unheard && !(await isOpen(target))) {
      await breakLock(target.cluster);
      return kills;
    }
    next = unheard ? command : followUp(kills.length - 1);
  }
}

/** Starts an upgrade and kills its process at one side of its n-th journal write, from 0. */
export async function killStart(target: UpgradeTarget, n: number, side: Side): Promise<void> {
  let writes = -1;
  const run = await upgradeProcess(target, 'start', {
    dies(write, at) {
      if (journalMoment(write) === undefined) return false;
      if (at === 'before') writes += 1;
      return writes === n && at === side;
    },
  });
  expect(run, run.stderr).toMatchObject({ killed: true });
  await breakLock(target.cluster);
}

export interface RandomKills {
  kills: number;
  /** Writes of one run among which the one is chosen at which it dies. */
  reach: number;
  random: () => number;
}

/**
 * Starts an upgrade, kills its process at some side of some write, whatever it writes, and so every resume after it, as
 * often as is said; then resumes it to its end. Returns where it died.
 */
export async function killAtRandom(target: UpgradeTarget, { kills, reach, random }: RandomKills): Promise<string[]> {
  const deaths: string[] = [];
  while (deaths.length < kills) {
    let left = 1 + Math.floor(random() * reach);
    const side = random() < 0.5 ? 'before' : 'after';
    const command = (await isOpen(target)) ? 'resume' : 'start';
    const run = await upgradeProcess(target, command, {
      dies({ method, path }, at) {
        // Renewals of the lock come when they come: they would not be the same for the same seed.
        if (at !== side || /[?&]dryRun=|\/leases|\/(token|selfsubject\w+)(\?|$)/.test(path)) return false;
        left -= 1;
        if (left === 0) deaths.push(`${command} died ${side} ${method} ${path.replace(/\?.*/, '')}`);
        return left === 0;
      },
    });
    expect(run, `${command}: ${run.stderr}`).toMatchObject({ killed: true });
    await breakLock(target.cluster);
  }
  await undisturbed(target, (await isOpen(target)) ? 'resume' : 'start');
  return deaths;
}

async function isOpen({ cluster }: UpgradeTarget): Promise<boolean> {
  return (await readJournal(cluster, controlPlane))?.state === 'open';
}
