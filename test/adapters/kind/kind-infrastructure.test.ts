import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { kindInfrastructure } from '../../../src/adapters/kind/kind-infrastructure.ts';
import { inFolder } from '../../support/folders.ts';

const { signal } = new AbortController();

/** What is wrong with the cluster of a Docker engine that has one node and answers an inspection so. */
function troubleWith(inspection: string) {
  return inFolder(async (folder) => {
    const docker = join(folder, 'docker');
    writeFileSync(
      docker,
      `#!/bin/sh
case "$1" in
  version) echo 29 ;;
  ps) printf 'one\\tcontrol-plane\\trunning\\n' ;;
  *) ${inspection} ;;
esac
`,
    );
    chmodSync(docker, 0o755);
    const cluster = { name: 'dev', context: 'dev', kubeconfig: join(folder, 'none'), times: {} };
    const environment = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const infrastructure = await kindInfrastructure(cluster, { environment, signal });
    return infrastructure.trouble(signal);
  });
}

test.each([
  ["printf '/one\\texited\\t137\\tfalse\\t\\n'", 'node container one exited with 137 (killed)', true],
  ["echo 'Error: No such container: one' >&2; exit 1", 'node container one is gone', true],
  [
    "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1",
    'Docker engine does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.',
    false,
  ],
])('where docker does this: %s', async (inspection, reason, certain) => {
  expect(await troubleWith(inspection)).toEqual({ reason, certain });
});
