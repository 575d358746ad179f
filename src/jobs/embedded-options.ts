import { resolve } from 'node:path';
import { type EmbeddedOptions, embeddedClusters, healClusters } from '../adapters/embedded/embedded-clusters.ts';
import { embeddedSettings } from '../adapters/embedded/embedded-settings.ts';
import { createToolchain } from '../adapters/toolchain/create-toolchain.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import { sharedKubeconfig } from '../local/cluster-layout.ts';
import type { JobContext } from './job.ts';

/** Where the embedded clusters of this machine are, and what brings them up. */
export function embeddedOptions({ reporter, signal }: JobContext): EmbeddedOptions {
  return {
    ...embeddedSettings(process.env, process.argv[1]),
    toolchain: createToolchain(toolchainSettings(process.env), reporter, signal),
    reporter,
    signal,
  };
}

/** Heals those of the contexts that are embedded clusters, where the kubeconfig is theirs; every other one is left alone. */
export async function healEmbedded(
  kubeconfig: string | undefined,
  contexts: readonly string[],
  context: JobContext,
): Promise<void> {
  const { home } = toolchainSettings(process.env);
  if (resolve(kubeconfig ?? process.env.KUBECONFIG ?? '') !== sharedKubeconfig(home)) return;
  const known = embeddedClusters({ home }).filter((name) => contexts.includes(name));
  if (known.length === 0) return;
  const healed = await healClusters(embeddedOptions(context), known);
  for (const name of healed) context.reporter.line(`${name}: healed`);
}
