import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kindFolder } from '../../local/kind-layout.ts';
import type { Docker } from '../docker/docker.ts';
import { writeRecord } from '../embedded/record-file.ts';
import type { KindContext } from './kind-options.ts';
import { kindRecords } from './kind-records.ts';
import { endLoadBalancer } from './load-balancer.ts';
import { removeRegistry } from './local-registry.ts';
import { forgetRoot } from './root-ca.ts';

/** Writes down that the Docker network of kind's clusters was not there before ours. */
export async function noteNetwork(docker: Docker, { home, environment }: KindContext): Promise<void> {
  const network = networkOf(environment);
  const { exitCode } = await docker.attempt(['network', 'inspect', network]);
  if (exitCode !== 0) writeRecord(markOf(home), { network });
}

/** Takes away what clusters of this home folder shared and none of them needs any more. */
export async function removeUnshared(docker: Docker, context: KindContext): Promise<void> {
  const records = kindRecords(context);
  const registries = new Set(records.flatMap(({ registry }) => registry ?? []));
  await removeRegistry(docker, context.home, registries);
  if (!records.some(({ loadBalancer }) => loadBalancer)) await endLoadBalancer(context.home);
  if (!records.some(({ rootCa }) => rootCa)) forgetRoot(context.home);
  if (records.length > 0 || !existsSync(markOf(context.home))) return;
  // Somebody else's containers in it keep it there.
  await docker.attempt(['network', 'rm', networkOf(context.environment)]);
  rmSync(markOf(context.home), { force: true });
}

/** The Docker network that kind puts its nodes into. */
export function networkOf(environment: NodeJS.ProcessEnv): string {
  return environment.KIND_EXPERIMENTAL_DOCKER_NETWORK || 'kind';
}

function markOf(home: string): string {
  return join(kindFolder(home), '.network.json');
}
