import { existsSync, realpathSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import type { Machine } from '../../local/container-environment.ts';
import { toolchainSettings } from '../toolchain/toolchain-settings.ts';
import type { EmbeddedSettings } from './embedded-clusters.ts';

/**
 * Reads where embedded clusters live from the environment, and finds the command line beside the running `script`:
 * daemons are started through it, from an action's stub as well as from the command line itself.
 */
export function embeddedSettings(
  environment: Readonly<Record<string, string | undefined>>,
  script: string | undefined,
): EmbeddedSettings {
  return {
    home: toolchainSettings({ ...environment }).home,
    temporary: tmpdir(),
    daemonCommand: [process.execPath, commandLine(script), 'local', 'daemon'],
    environment,
  };
}

/** This machine, as the nodes of an embedded cluster offer it to their containers. */
export function thisMachine(): Machine {
  return { cpus: availableParallelism(), memoryBytes: totalmem() };
}

function commandLine(script: string | undefined): string {
  // A bin link in node_modules leads to the file beside which the others lie.
  const folder = dirname(script !== undefined && existsSync(script) ? realpathSync(script) : resolve(script ?? ''));
  const found = ['cli.js', 'cli.ts'].map((file) => join(folder, file)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new DeliveryError(`daemons cannot be started: there is no command line (cli.js) in ${folder}`, {
    code: 'CommandLineMissing',
  });
}
