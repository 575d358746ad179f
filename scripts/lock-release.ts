import { fetchText } from '../src/adapters/toolchain/fetch-text.ts';
import type { LookAt } from '../src/adapters/toolchain/host-reach.ts';
import type { ReleaseLock, Witness } from '../src/adapters/toolchain/lock-file.ts';
import { fetchPublishedHash } from '../src/adapters/toolchain/published-hash.ts';
import type { Release } from '../src/adapters/toolchain/releases.ts';
import { throughMirror } from '../src/adapters/toolchain/resolve-release.ts';
import { messageOf } from '../src/errors.ts';
import { type GitHubHosts, type Testimony, witnessReader } from './read-witnesses.ts';
import { type WitnessedRelease, witnessSources } from './witnesses.ts';

export interface LockHosts extends GitHubHosts {
  /** Base URL that stands for every publisher's host; the hosts themselves where there is none. */
  publisher: string | undefined;
  lookAt: LookAt;
}

/** A release with the hash that everybody agrees on, or what keeps it from being locked. */
export type LockedOr = { kind: 'release'; release: ReleaseLock } | { kind: 'problems'; reasons: string[] };

export type LockRelease = (release: Release & WitnessedRelease, before: ReleaseLock | undefined) => Promise<LockedOr>;

/**
 * Locks releases: the hash of the publisher, every witness and the lock before must be one and the same. A host that
 * cannot be reached says nothing; one that answers with something else is a problem.
 */
export function releaseLocker(hosts: LockHosts, today: string): LockRelease {
  const ask = witnessReader(hosts);
  return async (release, before) => {
    const known = before?.url === release.url && 'sha256' in before ? before : undefined;
    const published = await publishedHash(hosts, release);
    const testimonies = await Promise.all(witnessSources.map((source) => ask(source, release)));
    const problems = [published, ...testimonies].flatMap((said) => (said.kind === 'problem' ? [said.reason] : []));
    if (problems.length > 0)
      return { kind: 'problems', reasons: problems.map((reason) => `${release.url}: ${reason}`) };
    const words = [...wordsOf(known), ...[published, ...testimonies].flatMap(wordOf)];
    const [first, ...others] = words;
    const contrary = others.find(({ sha256 }) => sha256 !== first?.sha256);
    if (first !== undefined && contrary !== undefined) {
      const reason = `${first.who} says ${first.sha256}, ${contrary.who} says ${contrary.sha256}; find out why first`;
      return { kind: 'problems', reasons: [`${release.url}: ${reason}`] };
    }
    if (first === undefined) return { kind: 'release', release: { url: release.url } };
    const { sha256 } = first;
    const publisher = published.kind === 'hash' ? published.publisher : (known?.publisher ?? 'none');
    const witness = witnessOf(known?.witness, testimonies);
    return { kind: 'release', release: { url: release.url, sha256, publisher, witness, since: known?.since ?? today } };
  };
}

type Published =
  | { kind: 'hash'; sha256: string; publisher: string }
  | { kind: 'none' }
  | { kind: 'problem'; reason: string };

/** One that stands in the lock stays there: its commit is as good as a newer one. */
function witnessOf(known: Witness | 'none' | undefined, testimonies: readonly Testimony[]): Witness | 'none' {
  if (known !== undefined && known !== 'none') return known;
  return testimonies.find((testimony) => testimony.kind === 'hash')?.witness ?? 'none';
}

interface Word {
  who: string;
  sha256: string;
}

function wordsOf(known: Extract<ReleaseLock, { sha256: string }> | undefined): Word[] {
  return known === undefined ? [] : [{ who: `the lock (since ${known.since})`, sha256: known.sha256 }];
}

function wordOf(said: Published | Testimony): Word[] {
  if (said.kind !== 'hash') return [];
  if ('publisher' in said) return [{ who: `the publisher (${said.publisher})`, sha256: said.sha256 }];
  const { repository, path, commit } = said.witness;
  return [{ who: `the witness ${repository}/${path}@${commit}`, sha256: said.sha256 }];
}

async function publishedHash(hosts: LockHosts, release: Release): Promise<Published> {
  const { checksumUrl, url } = release;
  const publisher = checksumUrl ?? releaseApiUrl(url, 'https://api.github.com');
  try {
    const asked = checksumUrl === undefined ? releaseApiUrl(url, hosts.api) : throughMirror(publisher, hosts.publisher);
    if ((await hosts.lookAt(asked)).kind === 'unreachable') return { kind: 'none' };
    const sha256 =
      checksumUrl === undefined
        ? await assetDigest(hosts, asked, url)
        : await fetchPublishedHash(asked, url, hosts.signal);
    return sha256 === undefined ? { kind: 'none' } : { kind: 'hash', sha256, publisher };
  } catch (error) {
    return { kind: 'problem', reason: messageOf(error) };
  }
}

function releaseApiUrl(url: string, api: string): string {
  const [, owner, repository, , , tag] = new URL(url).pathname.split('/');
  return `${api}/repos/${owner}/${repository}/releases/tags/${tag}`;
}

/** The digest that GitHub gives of a file of a release; releases from before 2025 have none. */
async function assetDigest({ token, signal }: LockHosts, asked: string, url: string): Promise<string | undefined> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { status, text } = await fetchText(asked, { headers, limit: 4_000_000, signal });
  if (status !== 200) throw new Error(`${asked} answered ${status}`);
  const { assets } = JSON.parse(text) as { assets: { browser_download_url: string; digest?: string | null }[] };
  return assets.find((asset) => asset.browser_download_url === url)?.digest?.replace(/^sha256:/, '');
}
