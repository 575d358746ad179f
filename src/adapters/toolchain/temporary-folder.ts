import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import type { ToolchainContext, ToolRequest } from './resolver.ts';

/** A folder for one making of one tool, gone afterwards whatever happened. */
export async function inTemporaryFolder<T>(
  { settings }: ToolchainContext,
  { name }: ToolRequest,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  await makeFolder(settings.temporary, 0o700);
  const folder = await mkdtemp(join(settings.temporary, `istio-delivery-${name}-`));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
