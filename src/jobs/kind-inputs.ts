import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readBundle } from '../adapters/files/read-bundle.ts';
import { textOf } from '../adapters/files/text-files.ts';
import type { KindClusterOptions, KindContext } from '../adapters/kind/kind-options.ts';
import { createToolchain } from '../adapters/toolchain/create-toolchain.ts';
import { type ToolchainOverrides, toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import { DeliveryError } from '../errors.ts';
import { nodeImageFor } from '../local/node-image.ts';
import { parsePortMapping } from '../local/port-mapping.ts';
import type { InputValues, JobContext } from './job.ts';

/** What a kind cluster can be told, in an action as on the command line. */
export const kindInputs = {
  'node-image': {
    type: 'text',
    description:
      'Node image, by digest, or one that the Docker engine holds; the one that kind was released with otherwise.',
  },
  kubernetes: {
    type: 'text',
    description: 'Version of Kubernetes (`1.36`), whose node image is known by digest; in place of `node-image`.',
  },
  config: {
    type: 'text',
    description: 'Configuration file of kind, taken as it is; in place of `nodes` and `port-mappings`.',
  },
  'port-mappings': {
    type: 'list',
    description: 'Ports of this machine that lead to node ports of the first cluster: `8080:30080`, `5353:30053/udp`.',
  },
  bundle: { type: 'text', description: 'Bundle whose images the nodes get before anything asks for them.' },
  images: { type: 'list', description: 'Images that the nodes get before anything asks for them.' },
  'image-archives': { type: 'list', description: 'Files that `docker save` wrote, whose images the nodes get.' },
  'image-mirror': {
    type: 'text',
    description:
      'Prefix that stands for the host of every registry from which images are pulled: `mirror.example/proxy`.',
  },
  'registry-image': {
    type: 'text',
    description: 'Image of a registry, by digest, to run beside the clusters; without one there is none.',
  },
  'registry-port': {
    type: 'number',
    description: 'Port of this machine on which that registry listens.',
    default: '5001',
  },
  'root-ca': {
    type: 'flag',
    description: 'Gives the clusters CAs that one root signed, as Secret `cacerts` of the control plane.',
  },
  'control-plane-namespace': {
    type: 'text',
    description: 'Namespace of the control plane, for that Secret.',
    default: 'istio-system',
  },
  'load-balancer': {
    type: 'flag',
    description: 'Runs cloud-provider-kind, which gives Services of type LoadBalancer an address.',
  },
  'cloud-provider-kind': { type: 'text', description: 'Path of cloud-provider-kind; the one on PATH otherwise.' },
  timeout: { type: 'number', description: 'Seconds until nodes and DNS must be ready.', default: '180' },
} as const;

type Values = InputValues<typeof kindInputs>;

/** How each of the named clusters is to be created. */
export async function kindClusterOptions(
  names: readonly string[],
  nodes: number | undefined,
  values: Values,
): Promise<KindClusterOptions[]> {
  refuseBoth('node-image', values['node-image'], 'kubernetes', values.kubernetes);
  refuseBoth('config', values.config, 'nodes', nodes);
  refuseBoth('config', values.config, 'port-mappings', values['port-mappings'][0]);
  const nodeImage =
    values['node-image'] ?? (values.kubernetes === undefined ? undefined : nodeImageFor(values.kubernetes));
  const configuration = values.config === undefined ? undefined : await readConfiguration(values.config);
  const mappings = values['port-mappings'].map(parsePortMapping);
  const images = await imagesOf(values);
  const options: Omit<KindClusterOptions, 'name'> = {
    nodes: nodes ?? 1,
    ...(nodeImage === undefined ? {} : { nodeImage }),
    ...(configuration ? { configuration } : {}),
    ...(images ? { images } : {}),
    ...(values['registry-image'] === undefined
      ? {}
      : { registry: { image: values['registry-image'], port: values['registry-port'] } }),
    ...(values['root-ca'] ? { rootCa: { namespace: values['control-plane-namespace'] } } : {}),
    ...(values['load-balancer'] ? { loadBalancer: programOf(values) } : {}),
    timeout: values.timeout * 1000,
  };
  return names.map((name, index) => ({ name, ...options, ...(index === 0 ? { portMappings: mappings } : {}) }));
}

/** Where the kind clusters of this machine are, and what creates them. */
export function kindContext({ reporter, clock, signal }: JobContext, overrides: ToolchainOverrides = {}): KindContext {
  const settings = toolchainSettings(process.env, overrides);
  return {
    home: settings.home,
    toolchain: createToolchain(settings, reporter, signal),
    reporter,
    clock,
    signal,
    environment: settings.environment,
  };
}

/** Throws a usage error where something of kind is asked of another provider. */
export function refuseKindInputs(inputs: Values): void {
  const given = Object.entries(kindInputs).find(([name, input]) => {
    const value = inputs[name as keyof typeof kindInputs];
    const fallback = 'default' in input ? input.default : undefined;
    return Array.isArray(value) ? value.length > 0 : value !== false && value?.toString() !== fallback;
  });
  if (given === undefined) return;
  throw new DeliveryError(`--${given[0]} is for kind clusters: add --provider kind, or leave it out`, {
    code: 'InputsExclude',
    kind: 'usage',
  });
}

async function imagesOf(values: Values): Promise<KindClusterOptions['images']> {
  const bundled = values.bundle === undefined ? [] : (await readBundle(values.bundle)).manifest.images;
  const names = [...new Set([...bundled, ...values.images])];
  const archives = values['image-archives'].map((path) => resolve(path));
  if (names.length === 0 && archives.length === 0) return undefined;
  const mirror = values['image-mirror'];
  return { names, archives, ...(mirror === undefined ? {} : { mirror }) };
}

async function readConfiguration(file: string): Promise<{ text: string; file: string }> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new DeliveryError(`configuration of kind ${file} cannot be read: there is no such file; correct config`, {
      code: 'KindConfigurationInvalid',
      kind: 'usage',
      cause,
    });
  });
  return { text: textOf(bytes, file), file };
}

function programOf(values: Values): { program?: string } {
  const program = values['cloud-provider-kind'];
  return program === undefined ? {} : { program };
}

function refuseBoth(one: string, value: unknown, other: string, otherValue: unknown): void {
  if (value === undefined || otherValue === undefined) return;
  throw new DeliveryError(`${one} and ${other} cannot both be given: each says what the other does; leave one out`, {
    code: 'InputsExclude',
    kind: 'usage',
  });
}
