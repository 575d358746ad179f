import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from '../../../src/adapters/embedded/process-identity.ts';
import { endLoadBalancer, findLoadBalancer, startLoadBalancer } from '../../../src/adapters/kind/load-balancer.ts';
import type { ProcessRecord } from '../../../src/local/process-record.ts';
import { inFolder } from '../../support/folders.ts';
import { kindContextIn } from '../../support/kind-context.ts';
import { standIn } from '../../support/stand-in.ts';

const recordIn = (home: string) => join(home, 'kind', '.cloud-provider-kind.json');
const read = (home: string) => JSON.parse(readFileSync(recordIn(home), 'utf8')) as ProcessRecord;

test('the program is the one that is given, or the one on PATH', () =>
  inFolder(async (folder) => {
    const path = standIn(folder, 'cloud-provider-kind');
    expect(await findLoadBalancer(path, {})).toBe(path);
    expect(await findLoadBalancer(undefined, { PATH: `/nowhere:${folder}` })).toBe(path);
  }));

test.each([
  [
    'is nowhere',
    undefined,
    /it is not on PATH; install it .*, or reach Services of type NodePort through port mappings/,
  ],
  ['is not where it is said to be', '/nowhere/cloud-provider-kind', /there is no \/nowhere\/cloud-provider-kind/],
])('a program that %s is an error with its cure', async (_what, path, message) => {
  await expect(findLoadBalancer(path, { PATH: '/nowhere' })).rejects.toThrow(message);
});

test('one process runs for all clusters, without secrets, until it is ended', () =>
  inFolder(async (home) => {
    const program = standIn(home, 'cloud-provider-kind');
    const context = kindContextIn(home, { PATH: process.env.PATH, MY_TOKEN: 's3cr3t' });
    await startLoadBalancer(program, context);
    const record = read(home);
    expect(isAlive(record)).toBe(true);
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${record.pid}/environ`, 'utf8')).not.toContain('s3cr3t');
    }
    await startLoadBalancer(program, context);
    expect(read(home)).toEqual(record);
    await endLoadBalancer(home);
    expect(isAlive(record)).toBe(false);
    expect(existsSync(recordIn(home))).toBe(false);
  }));

test('a program that ends at once is an error with its last words', () =>
  inFolder(async (home) => {
    const program = standIn(home, 'cloud-provider-kind');
    writeFileSync(program, '#!/bin/sh\necho "no kind network" >&2\nexit 1\n');
    await expect(startLoadBalancer(program, kindContextIn(home))).rejects.toThrow(
      /ended as soon as it was started: no kind network/,
    );
    await endLoadBalancer(home);
  }));
