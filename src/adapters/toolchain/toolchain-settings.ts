import { statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { type ToolName, toolNames } from '../../ports/toolchain.ts';
import { deliveryHome } from '../files/delivery-home.ts';
import { requireOwn } from '../files/private-folder.ts';
import { packageRoot } from './package-root.ts';
import { hostPlatform, type Platform } from './platform.ts';

/** Where tools may come from and where they are kept. */
export interface ToolchainSettings {
  /** Executables that the caller named: nothing else is asked for these. */
  explicit: Partial<Record<ToolName, string>>;
  /** Folders of PATH. */
  searchPath: string[];
  /** Everything of ours that outlives a run. */
  home: string;
  /** Root of @actions/tool-cache. */
  toolCache: string;
  /** Half-done downloads and builds; each run makes a folder of its own and takes it away. */
  temporary: string;
  /** Base URL that stands for every release host: `<mirror>/<path of the release URL>`. */
  mirror: string | undefined;
  /** Milliseconds before a download that failed is tried again. */
  retryDelay: number;
  /** Base URL that stands for every publisher's host when checksums are asked for; the hosts themselves otherwise. */
  publisher: string | undefined;
  /** Takes nothing that is not locked already: records no first use, and no program of PATH is exempt. */
  locked: boolean;
  /** The caller's own lock: read beside toolchain.lock.json, and written on the first use of a release. */
  lockFile: string | undefined;
  /** Takes a release that nothing locks by the checksum that is published for it. */
  trustPublished: boolean;
  /** GitHub's REST API, for version ranges. */
  apiUrl: string;
  token: string | undefined;
  /** Holds `toolchain/` and `toolchain.lock.json`. */
  root: string;
  platform: Platform;
  /** Environment of child processes, without the runner's own credentials. */
  environment: NodeJS.ProcessEnv;
}

export type ToolchainOverrides = {
  [Name in keyof ToolchainSettings]?: ToolchainSettings[Name] | undefined;
};

/**
 * Reads the settings from the environment; what `overrides` gives goes before it.
 * `ISTIO_DELIVERY_<TOOL>` names an executable, `ISTIO_DELIVERY_MIRROR` a mirror, `ISTIO_DELIVERY_LOCK` a lock file,
 * `ISTIO_DELIVERY_TRUST_PUBLISHED=true` takes published checksums, `ISTIO_DELIVERY_LOCKED=true` only what is locked
 * already, `ISTIO_DELIVERY_HOME` names the folder for all that is kept (default: `istio-delivery` in the XDG cache). A runner's RUNNER_TOOL_CACHE and RUNNER_TEMP are used where there are any;
 * but for a tool cache that everybody may write to.
 */
export function toolchainSettings(env: NodeJS.ProcessEnv, overrides: ToolchainOverrides = {}): ToolchainSettings {
  const home = overrides.home ?? ownHome(env);
  const locked = overrides.locked ?? env.ISTIO_DELIVERY_LOCKED === 'true';
  const trustPublished = overrides.trustPublished ?? env.ISTIO_DELIVERY_TRUST_PUBLISHED === 'true';
  if (locked && trustPublished) throw contradiction();
  return {
    explicit: overrides.explicit ?? explicitPaths(env),
    searchPath: overrides.searchPath ?? (env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    home,
    toolCache: overrides.toolCache ?? runnerToolCache(env) ?? join(home, 'tools'),
    temporary: overrides.temporary ?? (env.RUNNER_TEMP || join(home, 'tmp')),
    mirror: checkMirror(overrides.mirror ?? (env.ISTIO_DELIVERY_MIRROR || undefined)),
    retryDelay: overrides.retryDelay ?? 2_000,
    publisher: overrides.publisher,
    locked,
    lockFile: overrides.lockFile ?? (env.ISTIO_DELIVERY_LOCK || undefined),
    trustPublished,
    apiUrl: overrides.apiUrl ?? (env.GITHUB_API_URL || 'https://api.github.com'),
    token: overrides.token ?? (env.GITHUB_TOKEN || undefined),
    root: overrides.root ?? packageRoot(),
    platform: overrides.platform ?? hostPlatform(),
    environment: overrides.environment ?? withoutRunnerSecrets(env),
  };
}

function contradiction(): DeliveryError {
  return new DeliveryError(
    'locked and trust-published contradict each other: one takes only what is locked already, the other what is not; give one of them.',
    { code: 'ToolTrustContradiction', kind: 'usage' },
  );
}

/** Programs in it are run, and others' kubeconfigs and keys would be believed. */
function ownHome(env: NodeJS.ProcessEnv): string {
  const home = deliveryHome(env);
  requireOwn(home, 'name another one with ISTIO_DELIVERY_HOME, or take the rights of others away (chmod go-w)');
  return home;
}

/** A tool cache that every user of the machine may write to, as on GitHub's own runners, is left to others. */
function runnerToolCache({ RUNNER_TOOL_CACHE }: NodeJS.ProcessEnv): string | undefined {
  if (!RUNNER_TOOL_CACHE) return undefined;
  const mode = statSync(RUNNER_TOOL_CACHE, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & 0o002) === 0 || process.getuid === undefined ? RUNNER_TOOL_CACHE : undefined;
}

/** `ISTIO_DELIVERY_KUBE_APISERVER` for kube-apiserver. */
export function explicitPathVariable(name: ToolName): string {
  return `ISTIO_DELIVERY_${name.toUpperCase().replaceAll('-', '_')}`;
}

function explicitPaths(env: NodeJS.ProcessEnv): Partial<Record<ToolName, string>> {
  return Object.fromEntries(
    toolNames.flatMap((name) => {
      const path = env[explicitPathVariable(name)];
      return path ? [[name, resolve(path)]] : [];
    }),
  );
}

/** Credentials in a URL would stand in logs and records, and are not sent by the HTTP client. */
function checkMirror(mirror: string | undefined): string | undefined {
  if (mirror === undefined) return undefined;
  const url = URL.parse(mirror);
  const hasCredentials = url === null || url.username !== '' || url.password !== '';
  if (url !== null && /^https?:$/.test(url.protocol) && !hasCredentials && url.search === '') return mirror;
  throw new DeliveryError(
    'Mirror is no plain http or https URL; give one without credentials and query, as https://mirror.example/releases.',
    {
      code: 'MirrorUnusable',
      kind: 'usage',
    },
  );
}

/** ACTIONS_* carry the job's tokens for cache, artifacts and OIDC; INPUT_* may hold secrets. No tool needs either. */
function withoutRunnerSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ACTIONS|INPUT)_/.test(name)));
}
