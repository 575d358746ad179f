import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { kindLayout } from '../../local/kind-layout.ts';
import { type Diagnostics, type DiagnosticsOptions, exportDiagnostics } from '../diagnostics/export-diagnostics.ts';
import { makeFolderSync } from '../files/make-folder.ts';
import type { KindContext } from './kind-options.ts';
import { exportKindLogs } from './kind-program.ts';

/** Writes what can be seen of a kind cluster into a folder: its diagnostics, and in `kind` what kind has of its nodes. */
export async function exportKindDiagnostics(
  name: string,
  folder: string,
  context: KindContext,
  settings: Pick<DiagnosticsOptions, 'istioVersion' | 'timeout'> = {},
): Promise<Diagnostics> {
  const { toolchain, environment } = context;
  const { kubeconfig } = kindLayout(context.home, name);
  const found = await exportDiagnostics({ kubeconfig, context: name, folder, toolchain, environment, ...settings });
  try {
    const logs = join(folder, 'kind');
    makeFolderSync(logs);
    const lacking = await exportKindLogs(name, logs, { ...context, signal: AbortSignal.timeout(180_000) });
    found.files.push('kind');
    if (lacking !== undefined) found.failures.push(`kind: not everything could be exported: ${lacking}`);
  } catch (error) {
    found.failures.push(`kind: ${messageOf(error)}`);
  }
  return found;
}
