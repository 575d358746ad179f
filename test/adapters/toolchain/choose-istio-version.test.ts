import { describe, expect, test } from 'vitest';
import { chooseIstioVersion, type VersionChoice } from '../../../src/adapters/toolchain/choose-istio-version.ts';
import type { DeliveryError } from '../../../src/errors.ts';
import { type Fixture, type FixtureOptions, makeFixture } from './fixture.ts';
import { closedPort, type ReleaseServer, startReleaseServer } from './release-server.ts';

const route = '/repos/istio/istio/releases';

function release(tag: string, more: { draft?: boolean; prerelease?: boolean } = {}): object {
  return { tag_name: tag, draft: false, prerelease: false, assets: [], ...more };
}

const pages = [
  [
    release('1.32.0', { draft: true }),
    release('1.31.2', { prerelease: true }),
    release('1.32.0-alpha.0'),
    release('v1.31.9'),
    release('1.30.5'),
    release('1.31.1'),
  ],
  [release('1.31.0'), release('1.30.4'), release('1.29.9')],
  [release('1.31.10'), release('1.28.10')],
];

async function startApi(): Promise<ReleaseServer> {
  const server: ReleaseServer = await startReleaseServer({
    [route]: (url) => {
      const page = Number(new URL(url, 'http://x').searchParams.get('page') ?? '1');
      const next = `<${server.url}${route}?per_page=100&page=${page + 1}>; rel="next", <${server.url}/last>; rel="last"`;
      return { body: JSON.stringify(pages[page - 1]), headers: page < pages.length ? { link: next } : {} };
    },
  });
  return server;
}

interface Wish {
  asked?: string;
  mesh?: { path: string; version: string };
}

async function choose(wish: Wish, options: FixtureOptions): Promise<VersionChoice & { fixture: Fixture }> {
  const fixture = await makeFixture(options);
  const { settings, reporter } = fixture;
  const whole = { asked: wish.asked, mesh: wish.mesh };
  return { ...(await chooseIstioVersion(whole, settings, reporter, new AbortController().signal)), fixture };
}

const mesh = { path: 'mesh.yaml', version: '1.30.5' };

describe('asks nobody for', () => {
  const pinned = [
    { what: 'an exact version', wish: { asked: '1.29.3', mesh }, version: '1.29.3', source: 'the version given' },
    { what: 'an exact version with a v', wish: { asked: 'v1.29.3' }, version: '1.29.3', source: 'the version given' },
    { what: "the mesh file's version", wish: { mesh }, version: '1.30.5', source: 'istio.version of mesh.yaml' },
    { what: 'the locked version', wish: {}, version: '1.31.0', source: 'toolchain.lock.json' },
  ];
  test.each(pinned)('$what', async ({ wish, version, source }) => {
    const api = await startApi();
    expect(await choose(wish, { apiUrl: api.url })).toMatchObject({ version, source });
    expect(api.requests).toEqual([]);
  });
});

describe('takes the newest release on all pages', () => {
  const ranges = [
    { range: '1.31.x', version: '1.31.10' },
    { range: '1.31', version: '1.31.10' },
    { range: '~1.30.1', version: '1.30.5' },
    { range: '>=1.28 <1.30', version: '1.29.9' },
    { range: '1.x', version: '1.31.10' },
  ];
  test.each(ranges)('in $range', async ({ range, version }) => {
    const api = await startApi();
    const choice = await choose({ asked: range, mesh }, { apiUrl: `${api.url}/` });
    expect(choice).toMatchObject({ version, source: `newest release of istio/istio in ${range}` });
    expect(api.requests.filter((request) => request.startsWith('GET'))).toEqual([
      `GET ${route}?per_page=100`,
      `GET ${route}?per_page=100&page=2`,
      `GET ${route}?per_page=100&page=3`,
    ]);
  });
});

test('sends the token when there is one, and none otherwise', async () => {
  const api = await startApi();
  await choose({ asked: '1.31.x' }, { apiUrl: api.url, token: 'secret-token' });
  expect(api.headers.at(-1)?.authorization).toBe('Bearer secret-token');
  await choose({ asked: '1.31.x' }, { apiUrl: api.url });
  expect(api.headers.at(-1)?.authorization).toBeUndefined();
});

test('takes the locked version, with a warning, where the API cannot be reached and the range holds it', async () => {
  const { fixture, ...choice } = await choose({ asked: '1.31.x' }, { apiUrl: await closedPort() });
  expect(choice).toEqual({ version: '1.31.0', source: 'toolchain.lock.json, which is in 1.31.x' });
  expect(fixture.said.join('\n')).toContain('took 1.31.0, there may be a newer one');
});

describe('refuses', () => {
  const refusals: { what: string; asked: string; code: string; options?: FixtureOptions; status?: number }[] = [
    { what: 'what is no range', asked: 'newest', code: 'VersionUnreadable' },
    { what: 'a range without a release', asked: '1.27.x', code: 'VersionNotReleased' },
    {
      what: 'a range without the locked version where only locked tools are taken',
      asked: '1.30.x',
      code: 'VersionNotLocked',
      options: { locked: true },
    },
    { what: 'an API that limits', asked: '1.31.x', code: 'ReleasesRateLimited', status: 403 },
    { what: 'an API that is ill', asked: '1.31.x', code: 'ReleasesUnreadable', status: 500 },
    { what: 'an API that answers something else', asked: '1.31.x', code: 'ReleasesUnreadable', status: 200 },
  ];
  test.each(refusals)('$what', async ({ asked, code, options, status }) => {
    const api =
      status === undefined ? await startApi() : await startReleaseServer({ [route]: { status, body: '{"a":1}' } });
    const error = await choose({ asked }, { apiUrl: api.url, ...options }).then(
      ({ version }) => Promise.reject(new Error(`chose ${version}`)),
      (thrown: DeliveryError) => thrown,
    );
    expect(error.code).toBe(code);
  });

  test('a range without the locked version where the API cannot be reached', async () => {
    const chosen = choose({ asked: '1.30.x' }, { apiUrl: await closedPort() });
    await expect(chosen).rejects.toMatchObject({ code: 'VersionNotLocked' });
  });
});
