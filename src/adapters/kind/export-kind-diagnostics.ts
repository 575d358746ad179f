import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { kindLayout } from '../../local/kind-layout.ts';
import { nodeFailure, nodeStateFormat, readNodeStates } from '../../local/node-failure.ts';
import { type Diagnostics, writeBelow } from '../diagnostics/diagnostics-folder.ts';
import {
  type DiagnosticsOptions,
  exportDiagnostics,
  leaveIndex,
  nothingKnown,
} from '../diagnostics/export-diagnostics.ts';
import { openDocker } from '../docker/docker.ts';
import { makeFolderSync } from '../files/make-folder.ts';
import type { KindContext } from './kind-options.ts';
import { exportKindLogs } from './kind-program.ts';
import { nodeContainers } from './node-containers.ts';

/** Milliseconds for what the Docker engine and kind tell. */
const patience = 180_000;

/**
 * Writes what can be seen of a kind cluster into a folder: its diagnostics, and in `kind` what kind has of its nodes. Of
 * a node that has ended that is what its container leaves behind, with the logs of its pods.
 */
export async function exportKindDiagnostics(
  name: string,
  folder: string,
  context: KindContext,
  settings: Pick<DiagnosticsOptions, 'istioVersion' | 'timeout' | 'diagnosis' | 'signal'> = {},
): Promise<Diagnostics> {
  const { toolchain, environment } = context;
  const { kubeconfig } = kindLayout(context.home, name);
  const found = await exportDiagnostics({ kubeconfig, context: name, folder, toolchain, environment, ...settings });
  const own = AbortSignal.timeout(patience);
  const signal = settings.signal ? AbortSignal.any([own, settings.signal]) : own;
  await exportNodes(name, join(folder, 'kind'), { ...context, signal }, found);
  try {
    leaveIndex({ found, write: (file, text) => writeBelow(folder, file, text) }, settings.diagnosis ?? nothingKnown);
  } catch (error) {
    found.failures.push(`index.txt: ${messageOf(error)}`);
  }
  return found;
}

async function exportNodes(name: string, folder: string, context: KindContext, found: Diagnostics): Promise<void> {
  try {
    makeFolderSync(folder);
    const docker = await openDocker(context);
    const ended = (await nodeContainers(docker, name)).filter(({ running }) => !running);
    for (const { name: node } of ended) {
      const states = readNodeStates(await docker.run(['container', 'inspect', '--format', nodeStateFormat, node]));
      found.failures.unshift(nodeFailure([node], states) ?? `node container ${node} did not run a moment ago`);
      // Its files outlive its processes.
      makeFolderSync(join(folder, node));
      await docker.attempt(['cp', `${node}:/var/log/pods`, join(folder, node, 'pods')]);
    }
    found.files.push('kind');
    const lacking = await exportKindLogs(name, folder, context);
    // Nothing can be run in a node that has ended.
    if (lacking !== undefined && ended.length === 0)
      found.failures.push(`kind: not everything could be exported: ${lacking}`);
  } catch (error) {
    found.failures.push(`kind: ${context.signal.aborted ? 'there was no time for it' : messageOf(error)}`);
  }
}
