import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { kindConfiguration, type OwnConfiguration, readOwnConfiguration } from '../../local/kind-configuration.ts';
import { kindFailure } from '../../local/kind-failure.ts';
import type { KindLayout } from '../../local/kind-layout.ts';
import type { KindRecord } from '../../local/kind-record.ts';
import { parseYaml } from '../../mesh/yaml.ts';
import type { Docker } from '../docker/docker.ts';
import { recordProcess } from '../embedded/process-identity.ts';
import { writeWhole } from '../embedded/record-file.ts';
import { makeFolderSync } from '../files/make-folder.ts';
import { writeKubeconfigAs } from '../kubernetes/shared-kubeconfig.ts';
import { waitClusterReady } from './cluster-ready.ts';
import { exportKindDiagnostics } from './export-kind-diagnostics.ts';
import type { KindClusterOptions, KindContext } from './kind-options.ts';
import { exportKindLogs, runKind } from './kind-program.ts';
import { changeRecord } from './kind-records.ts';
import { kubernetesNodes, removeContainers } from './node-containers.ts';

/** One cluster that is being created. */
export interface Creation {
  options: KindClusterOptions;
  layout: KindLayout;
  /** As it was written last. */
  record: KindRecord;
  docker: Docker;
  context: KindContext;
  /** Runs a part and notes how long it took. */
  timed<T>(part: string, run: () => Promise<T>): Promise<T>;
}

/** Longest that kind may take, a slow pull of the node image included. Milliseconds. */
const createTimeout = 1_200_000;

/** Creates the nodes and waits until they are ready; tries again where that can help, from nothing each time. */
export async function createNodes(creation: Creation, registryPatch: boolean): Promise<void> {
  const { options, layout, context } = creation;
  const own = writeConfiguration(creation, registryPatch);
  const attempts = options.attempts ?? 2;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await creation.timed('create', () => createOnce(creation, own));
      if (own?.hasNetwork === false) {
        context.reporter.line(`${layout.name}: its network is yours to install, so nobody waits for its nodes`);
      } else {
        await creation.timed('ready', () => becomeReady(creation));
      }
      return;
    } catch (error) {
      context.signal.throwIfAborted();
      const kept = await keepLogs(creation);
      if (!(error instanceof DeliveryError) || !error.retryable || attempt >= attempts) {
        throw attempt === 1 ? error : afterAttempts(error, attempt);
      }
      context.reporter.warning(`${error.message} (try ${attempt} of ${attempts}; ${kept}); trying again from nothing`);
      await removeContainers(creation.docker, layout.name);
      rmSync(layout.kubeconfig, { force: true });
    }
  }
}

function writeConfiguration(
  { options, layout, record }: Creation,
  registryPatch: boolean,
): OwnConfiguration | undefined {
  const { configuration, nodes = 1, portMappings = [] } = options;
  const text = configuration?.text ?? kindConfiguration({ nodes, slot: record.slot ?? 0, portMappings, registryPatch });
  writeWhole(layout.configuration, text);
  return configuration && readOwnConfiguration(configuration.text, configuration.file);
}

async function createOnce(creation: Creation, own: OwnConfiguration | undefined): Promise<void> {
  const { options, layout, record, context } = creation;
  const image = options.nodeImage === undefined ? [] : ['--image', options.nodeImage];
  const args = ['create', 'cluster', '--name', layout.name, '--config', layout.configuration, ...image];
  const { exitCode, errors } = await runKind([...args, '--kubeconfig', layout.kindKubeconfig, '--retain'], context, {
    timeout: createTimeout,
    // kind outlives this process when that is killed, so it is written down too.
    onStart: (pid) => {
      const kind = recordProcess('kind', pid);
      if (kind) changeRecord(context.home, { ...record, processes: [kind] });
    },
  });
  changeRecord(context.home, record);
  if (exitCode !== 0) {
    const hostPorts = own?.hostPorts ?? (options.portMappings ?? []).map(({ hostPort }) => hostPort);
    const said = exitCode === undefined ? `kind did not end within ${createTimeout / 60_000} minutes` : errors;
    const { code, reason, cure, retryable } = kindFailure(said, hostPorts);
    throw new DeliveryError(`cluster ${layout.name} was not created: ${reason}; ${cure}`, {
      code,
      retryable,
      cause: new Error(errors.trim()),
    });
  }
  const [kubeconfig] = parseYaml(readFileSync(layout.kindKubeconfig, 'utf8'), layout.kindKubeconfig);
  writeKubeconfigAs(layout.name, kubeconfig, layout.kubeconfig);
}

async function becomeReady({ options, layout, docker, context }: Creation): Promise<void> {
  const nodes = await kubernetesNodes(docker, layout.name);
  await waitClusterReady({
    name: layout.name,
    kubeconfig: layout.kubeconfig,
    nodes: nodes.length,
    timeout: options.timeout ?? 180_000,
    cure: 'see the exported logs, and give it more time (timeout) on a slow machine',
    clock: context.clock,
    signal: context.signal,
    onProgress: (reasons) => context.reporter.progress(reasons.join('; ')),
  });
}

/** Says where the logs of a failed creation are, after putting them there. */
async function keepLogs({ options, layout, docker, context }: Creation): Promise<string> {
  if ((await kubernetesNodes(docker, layout.name)).length === 0) return 'there were no nodes yet';
  const folder = options.logs ?? layout.logs;
  if (existsSync(layout.kubeconfig)) {
    await exportKindDiagnostics(layout.name, folder, context, { timeout: 60_000 });
  } else {
    makeFolderSync(folder);
    await exportKindLogs(layout.name, join(folder, 'kind'), context);
  }
  context.reporter.line(`${layout.name}: what could be seen of it is in ${folder}`);
  return `logs in ${folder}`;
}

function afterAttempts(error: unknown, attempts: number): unknown {
  if (!(error instanceof DeliveryError)) return error;
  const { code, kind, retryable, cause, message } = error;
  return new DeliveryError(`${message} (after ${attempts} tries)`, { code, kind, retryable, cause });
}
