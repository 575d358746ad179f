import { describe, expect, test } from 'vitest';
import { type LockedOr, releaseLocker } from '../../scripts/lock-release.ts';
import { readReleases } from '../../scripts/read-releases.ts';
import { witnessSources } from '../../scripts/witnesses.ts';
import { createHostReach } from '../../src/adapters/toolchain/host-reach.ts';
import type { Lock, ReleaseLock } from '../../src/adapters/toolchain/lock-file.ts';
import { toolDefinitions } from '../../src/adapters/toolchain/tool-definitions.ts';
import type { ToolName } from '../../src/ports/toolchain.ts';
import { readCommittedLock } from '../adapters/toolchain/fixture.ts';
import {
  type Answer,
  closedPort,
  type ReleaseServer,
  startReleaseServer,
} from '../adapters/toolchain/release-server.ts';

const commit = '1234567890abcdef1234567890abcdef12345678';
const [one, other] = ['a'.repeat(64), 'b'.repeat(64)] as const;
const page = '<!DOCTYPE html><html><body>Please log in</body></html>';
const today = '2026-11-29';

type Answers = Record<string, Answer | ((url: string) => Answer)>;

interface Asked {
  name: ToolName;
  version: string;
  os: string;
  arch: string;
}

const kubectl: Asked = { name: 'kubectl', version: '1.34.2', os: 'linux', arch: 'amd64' };
const kubectlPath = '/release/v1.34.2/bin/linux/amd64/kubectl';
const kubectlUrl = `https://dl.k8s.io${kubectlPath}`;
const kopsPath = 'pkg/assets/assetdata/k8s-1.34.yaml';

const kubesprayPath = 'roles/kubespray_defaults/vars/main/checksums.yml';

function kops(hash: string): string {
  return `filestores:\n- base: https://dl.k8s.io/release/\nfiles:\n- name: v1.34.2/bin/linux/amd64/kubectl\n  sha256: ${hash}\n`;
}

function kubespray(list: string, version: string, hash: string): string {
  return `---\n${list}:\n  amd64:\n    ${version}: sha256:${hash}\n  arm64:\n    ${version}: 0\nother_checksums:\n  no_arch: {}\n`;
}

function published(hash: string): Answers {
  return { [`${kubectlPath}.sha256`]: { body: `${hash}\n` } };
}

/** GitHub with one file of one repository: its last commit by the API, its text by the other host. */
function repository(name: string, path: string, answer: Answer): Answers {
  const commits = JSON.stringify([{ sha: commit }]);
  return {
    [`/repos/${name}/commits?${new URLSearchParams({ path, per_page: '1' })}`]: { body: commits },
    [`/${name}/${commit}/${path}`]: answer,
  };
}

function releaseOf(asked: Asked) {
  const release = toolDefinitions[asked.name].release?.(asked.version, asked);
  if (release === undefined) throw new Error('no such release');
  return { ...release, ...asked };
}

/** One release, asked of one loopback server that is publisher and GitHub. */
async function lock(
  answers: Answers,
  {
    asked = kubectl,
    before,
    hosts,
  }: { asked?: Asked; before?: ReleaseLock; hosts?: { [Host in 'publisher' | 'api' | 'raw']?: string } } = {},
): Promise<LockedOr> {
  // A path of a repository that nobody named has no commits.
  const server = await startReleaseServer(answers);
  const { url } = server;
  const lockRelease = releaseLocker(
    {
      publisher: url,
      api: url,
      raw: url,
      token: undefined,
      lookAt: createHostReach(1_000),
      signal: AbortSignal.timeout(10_000),
      ...hosts,
    },
    today,
  );
  return lockRelease(releaseOf(asked), before);
}

function reasonOf(answer: LockedOr): string {
  return answer.kind === 'problems' ? answer.reasons.join('\n') : `locked: ${JSON.stringify(answer.release)}`;
}

describe('a release is locked', () => {
  const publisher = `${kubectlUrl}.sha256`;
  const witness = { repository: 'kubernetes/kops', path: kopsPath, commit };

  test('by its publisher and a witness that agree', async () => {
    const answers = { ...published(one), ...repository('kubernetes/kops', kopsPath, { body: kops(one) }) };
    expect(await lock(answers)).toEqual({
      kind: 'release',
      release: { url: kubectlUrl, sha256: one, publisher, witness, since: today },
    });
  });

  test('by its publisher alone where no witness has it', async () => {
    const elsewhere = { body: kops(other).replace('v1.34.2', 'v1.34.1') };
    const answers = { ...published(one), ...repository('kubernetes/kops', kopsPath, elsewhere) };
    expect(await lock(answers)).toEqual({
      kind: 'release',
      release: { url: kubectlUrl, sha256: one, publisher, witness: 'none', since: today },
    });
  });

  test('by a witness alone where the publisher cannot be reached', async () => {
    const answers = repository('kubernetes/kops', kopsPath, { body: kops(one) });
    expect(await lock(answers, { hosts: { publisher: await closedPort() } })).toEqual({
      kind: 'release',
      release: { url: kubectlUrl, sha256: one, publisher: 'none', witness, since: today },
    });
  });

  test('not at all where nobody can be reached', async () => {
    const nobody = await closedPort();
    expect(await lock({}, { hosts: { publisher: nobody, api: nobody, raw: nobody } })).toEqual({
      kind: 'release',
      release: { url: kubectlUrl },
    });
  });

  test('over redirects, as release hosts give them', async () => {
    const elsewhere = await startReleaseServer({ '/elsewhere': { body: one } });
    const redirect = { status: 302, headers: { location: `${elsewhere.url}/elsewhere` } };
    expect(await lock({ [`${kubectlPath}.sha256`]: redirect })).toMatchObject({ release: { sha256: one, publisher } });
  });

  test('as it was before, with the publisher that can be reached now and the day and witness of then', async () => {
    const earlier = { ...witness, commit: 'f'.repeat(40) };
    const before = { url: kubectlUrl, sha256: one, publisher: 'none' as const, witness: earlier, since: '2026-09-01' };
    const answers = { ...published(one), ...repository('kubernetes/kops', kopsPath, { body: kops(one) }) };
    expect(await lock(answers, { before })).toEqual({ kind: 'release', release: { ...before, publisher } });
    const nobody = await closedPort();
    expect(await lock({}, { before, hosts: { publisher: nobody, api: nobody, raw: nobody } })).toEqual({
      kind: 'release',
      release: before,
    });
  });

  test('anew at another URL', async () => {
    const before = { url: 'https://dl.k8s.io/release/v1.34.1', sha256: other, publisher, witness, since: '2026-09-01' };
    expect(await lock(published(one), { before })).toMatchObject({ release: { sha256: one, since: today } });
  });

  test("by GitHub's digest of the file where the publisher names none", async () => {
    const asked: Asked = { name: 'kwok', version: '0.8.0', os: 'linux', arch: 'amd64' };
    const { url } = releaseOf(asked);
    const path = '/repos/kubernetes-sigs/kwok/releases/tags/v0.8.0';
    const assets = [{ browser_download_url: url, digest: `sha256:${one}` }];
    expect(await lock({ [path]: { body: JSON.stringify({ assets }) } }, { asked })).toEqual({
      kind: 'release',
      release: { url, sha256: one, publisher: `https://api.github.com${path}`, witness: 'none', since: today },
    });
  });
});

describe('a witness is read in its own form:', () => {
  const windows = (url: string) =>
    `PackageVersion: 1\nInstallers:\n- Architecture: x86\n  InstallerUrl: https://other.example\n  InstallerSha256: ${other.toUpperCase()}\n- Architecture: x64\n  InstallerUrl: ${url}\n  InstallerSha256: ${one.toUpperCase()}\n`;
  test.each<{ what: string; asked: Asked; name: string; path: string; text: (url: string) => string }>([
    {
      what: 'etcd in the lists of Kubespray',
      asked: { name: 'etcd', version: '3.6.8', os: 'linux', arch: 'amd64' },
      name: 'kubernetes-sigs/kubespray',
      path: kubesprayPath,
      text: () => kubespray('etcd_binary_checksums', '3.6.8', one),
    },
    {
      what: "Helm in Argo CD's files",
      asked: { name: 'helm', version: '3.22.0', os: 'darwin', arch: 'arm64' },
      name: 'argoproj/argo-cd',
      path: 'hack/installers/checksums/helm-v3.22.0-darwin-arm64.tar.gz.sha256',
      text: () => `${one}  helm-v3.22.0-darwin-arm64.tar.gz\n`,
    },
    {
      what: "kind in winget's manifests",
      asked: { name: 'kind', version: '0.33.0', os: 'windows', arch: 'amd64' },
      name: 'microsoft/winget-pkgs',
      path: 'manifests/k/Kubernetes/kind/0.33.0/Kubernetes.kind.installer.yaml',
      text: windows,
    },
    {
      what: "kubectl in winget's manifests",
      asked: { name: 'kubectl', version: '1.34.2', os: 'windows', arch: 'arm64' },
      name: 'microsoft/winget-pkgs',
      path: 'manifests/k/Kubernetes/kubectl/1.34.2/Kubernetes.kubectl.installer.yaml',
      text: windows,
    },
  ])('$what', async ({ asked, name, path, text }) => {
    const { url } = releaseOf(asked);
    const answers = repository(name, path, { body: text(url) });
    expect(await lock(answers, { asked, hosts: { publisher: await closedPort() } })).toEqual({
      kind: 'release',
      release: { url, sha256: one, publisher: 'none', witness: { repository: name, path, commit }, since: today },
    });
  });

  test('a list that has 0 for a platform has nothing of it', async () => {
    const asked: Asked = { name: 'etcd', version: '3.6.8', os: 'linux', arch: 'arm64' };
    const text = kubespray('etcd_binary_checksums', '3.6.8', one);
    const answers = repository('kubernetes-sigs/kubespray', kubesprayPath, { body: text });
    const release = { url: releaseOf(asked).url };
    expect(await lock(answers, { asked, hosts: { publisher: await closedPort() } })).toEqual({
      kind: 'release',
      release,
    });
  });
});

describe('a release is not locked, and the reason named, when', () => {
  const good = repository('kubernetes/kops', kopsPath, { body: kops(one) });

  test('publisher and witness disagree', async () => {
    expect(reasonOf(await lock({ ...published(other), ...good }))).toBe(
      `${kubectlUrl}: the publisher (${kubectlUrl}.sha256) says ${other}, the witness kubernetes/kops/${kopsPath}@${commit} says ${one}; find out why first`,
    );
  });

  test('two witnesses disagree', async () => {
    const text = kubespray('kubectl_checksums', '1.34.2', other);
    const answers = {
      ...published(one),
      ...good,
      ...repository('kubernetes-sigs/kubespray', kubesprayPath, { body: text }),
    };
    expect(reasonOf(await lock(answers))).toContain(
      `the witness kubernetes-sigs/kubespray/${kubesprayPath}@${commit} says`,
    );
  });

  test('the publisher now says something else than the lock', async () => {
    const before = {
      url: kubectlUrl,
      sha256: one,
      publisher: `${kubectlUrl}.sha256`,
      witness: 'none' as const,
      since: '2026-09-01',
    };
    expect(reasonOf(await lock(published(other), { before }))).toContain(
      `the lock (since 2026-09-01) says ${one}, the publisher (${kubectlUrl}.sha256) says ${other}`,
    );
  });

  test.each<{ what: string; answer: Answer; says: string }>([
    { what: 'has no such file', answer: { status: 404 }, says: 'answered 404' },
    { what: 'is cut off', answer: { body: `${one}\n`, cutAfter: 20 }, says: 'could not be read' },
    { what: 'has half a hash', answer: { body: one.slice(0, 40) }, says: 'holds no sha256' },
    { what: 'is a web page', answer: { body: page }, says: 'holds no sha256' },
    { what: 'is longer than any list', answer: { body: 'x'.repeat(300_000) }, says: 'is longer than' },
  ])("the publisher's checksum $what", async ({ answer, says }) => {
    expect(reasonOf(await lock({ ...good, [`${kubectlPath}.sha256`]: answer }))).toContain(says);
  });

  test("the publisher's checksum redirects without end", async () => {
    const path = `${kubectlPath}.sha256`;
    const server: ReleaseServer = await startReleaseServer({
      [path]: () => ({ status: 302, headers: { location: `${server.url}${path}` } }),
    });
    expect(reasonOf(await lock(good, { hosts: { publisher: server.url } }))).toContain('answered 302');
  });

  test.each<{ what: string; answer: Answer; says: string }>([
    { what: 'is cut off', answer: { body: kops(one), cutAfter: 60 }, says: 'could not be read' },
    { what: 'is a web page', answer: { body: page }, says: 'is a web page' },
    { what: 'has another form', answer: { body: 'files: none\n' }, says: 'kubernetes/kops' },
    { what: 'is no YAML', answer: { body: 'files: [\n' }, says: 'kubernetes/kops' },
    { what: 'has a hash that is none', answer: { body: kops('md5') }, says: '"md5" is no sha256' },
    { what: 'is not given out', answer: { status: 500 }, says: 'answered 500' },
  ])('the file of a witness $what', async ({ answer, says }) => {
    const answers = { ...published(one), ...repository('kubernetes/kops', kopsPath, answer) };
    expect(reasonOf(await lock(answers))).toContain(says);
  });

  test("GitHub's API limits the rate, rather than that the witness is forgotten", async () => {
    const path = `/repos/kubernetes/kops/commits?${new URLSearchParams({ path: kopsPath, per_page: '1' })}`;
    expect(reasonOf(await lock({ ...published(one), [path]: { status: 403, body: '{}' } }))).toContain('answered 403');
  });
});

const committed: Lock = await readCommittedLock();

describe('the lock as a whole', () => {
  const versions = Object.fromEntries(
    Object.entries(committed.tools).map(([name, { version }]) => [name, version]),
  ) as Record<ToolName, string>;

  test('names publishers and witnesses as they are asked', () => {
    for (const [name, { version, releases }] of Object.entries(committed.tools)) {
      for (const [key, release] of Object.entries(releases)) {
        if (!('sha256' in release)) continue;
        const [os = '', arch = ''] = key.split('-');
        const asked = releaseOf({ name: name as ToolName, version, os, arch });
        if (asked.checksumUrl !== undefined) expect([asked.checksumUrl, 'none']).toContain(release.publisher);
        if (release.witness === 'none') continue;
        const { repository, path } = release.witness;
        const source = witnessSources.find((each) => each.repository === repository);
        expect(source?.path(asked), release.url).toBe(path);
      }
    }
  });

  test('is read again as it is where nobody can be reached', async () => {
    const nobody = await closedPort();
    const hosts = { publisher: nobody, api: nobody, raw: nobody, token: undefined };
    const locker = releaseLocker(
      { ...hosts, lookAt: createHostReach(1_000), signal: AbortSignal.timeout(10_000) },
      today,
    );
    const releases = await readReleases(versions, committed, locker);
    for (const [name, { releases: before }] of Object.entries(committed.tools)) {
      expect(releases[name as ToolName]).toEqual(before);
    }
  });

  test('is not made where one release has a problem: each is named', async () => {
    const locking = readReleases(versions, committed, async ({ url }) =>
      url.includes('kube-scheduler')
        ? { kind: 'problems', reasons: [`${url}: nobody agrees`] }
        : { kind: 'release', release: { url } },
    );
    const scheduler = (arch: string) =>
      `  https://dl.k8s.io/release/v1.34.2/bin/linux/${arch}/kube-scheduler: nobody agrees`;
    await expect(locking).rejects.toThrow(
      ['toolchain.lock.json was not written:', scheduler('amd64'), scheduler('arm64')].join('\n'),
    );
  });
});
