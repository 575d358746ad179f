import { z } from 'zod';
import { fetchText } from '../src/adapters/toolchain/fetch-text.ts';
import type { LookAt } from '../src/adapters/toolchain/host-reach.ts';
import type { Witness } from '../src/adapters/toolchain/lock-file.ts';
import { messageOf } from '../src/errors.ts';
import type { WitnessedRelease, WitnessSource } from './witnesses.ts';

/** What a witness says: its hash, that it has none, or why it cannot be believed. */
export type Testimony =
  | { kind: 'hash'; sha256: string; witness: Witness }
  | { kind: 'none' }
  | { kind: 'problem'; reason: string };

/** GitHub's REST API and its host of plain files. */
export interface GitHubHosts {
  api: string;
  raw: string;
  token: string | undefined;
  lookAt: LookAt;
  signal: AbortSignal;
}

interface WitnessFile {
  witness: Witness;
  text: string;
}

const commitsSchema = z.array(z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) }));

/** Asks witnesses for releases, each file once, at the commit that changed it last. A host without an answer has none. */
export function witnessReader(
  hosts: GitHubHosts,
): (source: WitnessSource, release: WitnessedRelease) => Promise<Testimony> {
  const files = new Map<string, Promise<WitnessFile | undefined>>();
  const fileOf = (repository: string, path: string) => {
    const key = `${repository} ${path}`;
    const known = files.get(key) ?? readFile(hosts, repository, path);
    files.set(key, known);
    return known;
  };
  return async (source, release) => {
    const path = source.path(release);
    if (path === undefined) return { kind: 'none' };
    try {
      const file = await fileOf(source.repository, path);
      if (file === undefined) return { kind: 'none' };
      const sha256 = source.find(file.text, release);
      if (sha256 === undefined) return { kind: 'none' };
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`"${sha256.slice(0, 80)}" is no sha256`);
      return { kind: 'hash', sha256, witness: file.witness };
    } catch (error) {
      return { kind: 'problem', reason: `${source.repository}/${path} cannot be read: ${messageOf(error)}` };
    }
  };
}

/** Undefined where the repository has no such file, or nobody answers. */
async function readFile(hosts: GitHubHosts, repository: string, path: string): Promise<WitnessFile | undefined> {
  const { api, raw, token, lookAt, signal } = hosts;
  for (const host of [api, raw]) if ((await lookAt(host)).kind === 'unreachable') return undefined;
  const headers = {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const query = new URLSearchParams({ path, per_page: '1' });
  const commits = await ask(`${api}/repos/${repository}/commits?${query}`, { headers, limit: 1_000_000, signal });
  const [commit] = commitsSchema.parse(JSON.parse(commits ?? '[]'));
  if (commit === undefined) return undefined;
  const text = await ask(`${raw}/${repository}/${commit.sha}/${path}`, { limit: 16_000_000, signal });
  return text === undefined ? undefined : { witness: { repository, path, commit: commit.sha }, text };
}

/** Undefined for 404: of a file that was deleted, too, GitHub knows the last commit. */
async function ask(url: string, options: Parameters<typeof fetchText>[1]): Promise<string | undefined> {
  const { status, text } = await fetchText(url, options);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  if (/^\s*(<!doctype html|<html)/i.test(text)) throw new Error(`${url} is a web page`);
  return text;
}
