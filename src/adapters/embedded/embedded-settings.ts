import { existsSync, realpathSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
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
  const settings = toolchainSettings({ ...environment });
  const program = commandLine(script);
  return {
    home: settings.home,
    // A folder of its own: in the shared one, anybody could wait for us with a socket of the same name.
    temporary: join(tmpdir(), `istio-delivery-${process.geteuid?.() ?? 'user'}`),
    daemonCommand: program === undefined ? [] : [process.execPath, program, 'local', 'daemon'],
    // A daemon outlives the run that starts it, so it is given none of the run's secrets.
    environment: withoutTokens(settings.environment),
  };
}

/** This machine, as the nodes of an embedded cluster offer it to their containers. */
export function thisMachine(): Machine {
  return { cpus: availableParallelism(), memoryBytes: totalmem() };
}

function commandLine(script: string | undefined): string | undefined {
  // A bin link in node_modules leads to the file beside which the others lie.
  const folder = dirname(script !== undefined && existsSync(script) ? realpathSync(script) : resolve(script ?? ''));
  return ['cli.js', 'cli.ts'].map((file) => join(folder, file)).find((path) => existsSync(path));
}

function withoutTokens(environment: EmbeddedSettings['environment']): EmbeddedSettings['environment'] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/TOKEN|SECRET|PASSWORD/i.test(name)));
}
