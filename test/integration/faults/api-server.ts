import { readFile } from 'node:fs/promises';
import { get, type RequestOptions } from 'node:https';
import { afterAll, describe, expect, test } from 'vitest';
import { messageOf } from '../../../src/errors.ts';
import type { Fault } from '../../../src/local/fault.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import type { Story } from '../../support/story.ts';
import { namespace } from './workloads.ts';

const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };
const deployments = { apiVersion: 'apps/v1', kind: 'Deployment' };

async function timed(work: Promise<unknown>): Promise<number> {
  const started = Date.now();
  await work;
  return Date.now() - started;
}

/** Follows the Deployments and gives the error that ends it; undefined when the caller had to. */
async function endOfWatch(cluster: Cluster, signal: AbortSignal): Promise<string | undefined> {
  const { resourceVersion } = await cluster.list(deployments, { namespace });
  try {
    for await (const _event of cluster.watch(deployments, { namespace, resourceVersion }, signal));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function statusOf(url: string, options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, options, (response) => resolve(response.resume().statusCode)).once('error', reject);
  });
}

export function apiFaults(story: () => Story): void {
  describe('an API server', () => {
    const faults = (...list: Fault[]) => story().embedded.faults('dev', ...list);
    const through = () => story().embedded.faultyCluster('dev');

    async function front(): Promise<{ server: string; ca: Buffer }> {
      const text = await readFile(story().embedded.faultyKubeconfig('dev'), 'utf8');
      const { cluster } = JSON.parse(text).clusters[0];
      return { server: cluster.server, ca: Buffer.from(cluster['certificate-authority-data'], 'base64') };
    }

    afterAll(() => faults());

    test('is itself through the front, for the administrator and for nobody else', async () => {
      expect(await through().identity()).toMatchObject({ uid: (await story().cluster.identity()).uid });
      const { server, ca } = await front();
      expect(await statusOf(`${server}/api/v1/secrets`, { ca })).toBe(403);
      const token = await story().cluster.requestToken({ namespace, name: 'default' }, 600);
      const headers = { Authorization: `Bearer ${token?.token}` };
      expect(await statusOf(`${server}/api/v1/secrets`, { ca, headers })).toBe(403);
      expect(await statusOf(`${server}/version`, { ca, headers })).toBe(200);
    });

    test('is slow for the verbs and resources that are named', async () => {
      const cluster = through();
      await cluster.get(web);
      await faults({ kind: 'api', verbs: ['get'], resource: 'deployments', failure: 'latency', delay: 700 });
      expect(await timed(cluster.get(web))).toBeGreaterThan(690);
      expect(await timed(cluster.list(deployments))).toBeLessThan(600);
      expect(await timed(story().cluster.get(web))).toBeLessThan(600);
    });

    test('is busy for the first requests, and says when to come again', async () => {
      await faults({ kind: 'api', name: 'web', failure: 'status', status: 429, retryAfter: 1, first: 1 });
      expect(await timed(through().get(web))).toBeGreaterThan(990);
      expect(await timed(through().get(web))).toBeLessThan(900);
    });

    test('fails and is cured', async () => {
      await faults({ kind: 'api', resource: 'deployments', failure: 'status', status: 500 });
      await expect(through().get(web)).rejects.toThrow('answers 500 because a test wants it to');
      await faults();
      expect(await through().get(web)).toMatchObject({ metadata: { name: 'web' } });
    });

    test('resets a connection', async () => {
      await faults({ kind: 'api', verbs: ['create'], failure: 'reset', first: 1 });
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new', namespace } };
      await expect(through().create(object)).rejects.toMatchObject({ code: 'ClusterUnreachable' });
      expect(await through().create(object)).toMatchObject({ created: true });
    });

    test('carries out what it never answers', async () => {
      await faults({ kind: 'api', verbs: ['create'], failure: 'lost-answer', first: 1 });
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'done', namespace } };
      await expect(through().create(object)).rejects.toMatchObject({ code: 'ClusterUnreachable' });
      expect(await through().create(object)).toEqual({ created: false });
    });

    test('drops the watches of a resource, open ones and new ones', async () => {
      const stop = new AbortController();
      const open = endOfWatch(through(), stop.signal);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await faults({ kind: 'api', resource: 'deployments', failure: 'dropped-watch' });
      expect(await open).toContain('watch of Deployment objects was cut off');
      expect(await endOfWatch(through(), stop.signal)).toContain('watch of Deployment objects was cut off');
      await faults();
      const cured = endOfWatch(through(), stop.signal);
      setTimeout(() => stop.abort(), 500);
      expect(await cured).toBeUndefined();
    });
  });
}
