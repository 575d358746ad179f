import { readFileSync } from 'node:fs';
import type { Cluster } from '@kubernetes/client-node';
import { z } from 'zod';
import { runProgram } from '../toolchain/run-program.ts';
import { CredentialsLate, NoTerminal } from './credentials-failure.ts';

/** What a kubeconfig says of a plugin: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export interface ExecPlugin {
  apiVersion?: string | null;
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string | null;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always' | null;
  provideClusterInfo?: boolean | null;
}

/** A cluster of a kubeconfig, with what its extension for plugins says to them. */
export type PluginCluster = Cluster & { pluginConfig?: unknown };

const credentialSchema = z.looseObject({
  status: z.looseObject({
    token: z.string().nullish(),
    clientCertificateData: z.string().nullish(),
    clientKeyData: z.string().nullish(),
    expirationTimestamp: z.iso.datetime({ offset: true }).nullish(),
  }),
});

/** What a plugin hands out; PEM, as it printed it. */
export interface PluginCredential {
  token?: string;
  certificate?: string;
  key?: string;
  /** When it is to be asked again; absent where it does not say so. */
  expires?: Date;
}

export interface PluginRun {
  plugin: ExecPlugin;
  cluster: PluginCluster;
  environment: NodeJS.ProcessEnv;
  /** Whether somebody sits at a terminal who can log in. */
  hasTerminal: boolean;
  /** Milliseconds. */
  patience: number;
  signal: AbortSignal;
}

/** Bytes that a plugin may print; a credential has a few thousand. */
const largestOutput = 1024 * 1024;

/**
 * Asks a plugin for credentials. Throws what `credentialsFailure` explains; the words of a plugin are in none of it but
 * the plain `Error`, whose message is what it printed on its standard error.
 */
export async function askPlugin(run: PluginRun): Promise<PluginCredential> {
  const { plugin, patience, signal } = run;
  const { interactiveMode } = plugin;
  if (interactiveMode === 'Always' && !run.hasTerminal) throw new NoTerminal();
  const interactive = run.hasTerminal && interactiveMode !== 'Never';
  const result = await runProgram(plugin.command, plugin.args ?? [], {
    environment: environmentOf(run, interactive),
    signal,
    timeout: patience,
    largestOutput,
    atTerminal: interactive,
  });
  if (result.timedOut) throw new CredentialsLate(patience / 1000);
  if (result.exitCode !== 0) throw new Error(result.errors);
  return credentialOf(JSON.parse(result.output));
}

function environmentOf({ plugin, cluster, environment }: PluginRun, interactive: boolean): NodeJS.ProcessEnv {
  const own = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  const info = {
    apiVersion: plugin.apiVersion ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive, ...(plugin.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}) },
  };
  return { ...environment, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

function clusterInfo({ server, tlsServerName, caData, caFile, proxyUrl, pluginConfig }: PluginCluster): object {
  const authority = caFile === undefined ? caData : readFileSync(caFile).toString('base64');
  return {
    server,
    ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    ...(authority ? { 'certificate-authority-data': authority } : {}),
    ...(proxyUrl ? { 'proxy-url': proxyUrl } : {}),
    config: pluginConfig ?? null,
  };
}

function credentialOf(printed: unknown): PluginCredential {
  const { success, data } = credentialSchema.safeParse(printed);
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = data?.status ?? {};
  // An answer without any is no credential: the library would go on as nobody.
  if (!success || (!token && !(clientCertificateData && clientKeyData))) throw new TypeError('no credentials');
  return {
    ...(token ? { token } : {}),
    ...(clientCertificateData && clientKeyData ? { certificate: clientCertificateData, key: clientKeyData } : {}),
    ...(expirationTimestamp ? { expires: new Date(expirationTimestamp) } : {}),
  };
}
