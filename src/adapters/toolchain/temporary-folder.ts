import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { unwritable } from '../files/text-files.ts';
import type { ToolchainContext, ToolRequest } from './resolver.ts';

/** A folder for one making of one tool, gone afterwards whatever happened. */
export async function inTemporaryFolder<T>(
  { settings }: ToolchainContext,
  { name }: ToolRequest,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await make(settings.temporary, name);
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function make(parent: string, name: string): Promise<string> {
  try {
    await makeFolder(parent, 0o700);
    return await mkdtemp(join(parent, `istio-delivery-${name}-`));
  } catch (error) {
    throw unwritable(parent, error, 'set RUNNER_TEMP or ISTIO_DELIVERY_HOME to another folder');
  }
}
