import { expect, test } from 'vitest';
import { kindConfiguration, readOwnConfiguration } from '../../src/local/kind-configuration.ts';
import { parseYaml } from '../../src/mesh/yaml.ts';

const plain = { nodes: 1, slot: 0, portMappings: [], registryPatch: false };
const read = (shape: Partial<Parameters<typeof kindConfiguration>[0]>) =>
  parseYaml(kindConfiguration({ ...plain, ...shape }), 'kind.yaml')[0];

test.each([
  ['one node', {}, { nodes: [{ role: 'control-plane' }] }],
  ['workers', { nodes: 3 }, { nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }] }],
  [
    'networks of its own',
    { slot: 2 },
    { nodes: [{ role: 'control-plane' }], networking: { podSubnet: '10.246.0.0/16', serviceSubnet: '10.98.0.0/16' } },
  ],
  [
    'ports of this machine alone',
    { portMappings: [{ hostPort: 8080, nodePort: 30080, protocol: 'TCP' as const }] },
    {
      nodes: [
        {
          role: 'control-plane',
          extraPortMappings: [{ containerPort: 30080, hostPort: 8080, listenAddress: '127.0.0.1', protocol: 'TCP' }],
        },
      ],
    },
  ],
  [
    'registries by folder',
    { registryPatch: true },
    {
      nodes: [{ role: 'control-plane' }],
      containerdConfigPatches: [
        '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n',
      ],
    },
  ],
])('a configuration has %s', (_what, shape, expected) => {
  expect(read(shape)).toEqual({ apiVersion: 'kind.x-k8s.io/v1alpha4', kind: 'Cluster', ...expected });
});

test('the networks of twelve clusters are all different', () => {
  const subnets = Array.from({ length: 12 }, (_, slot) =>
    JSON.stringify((read({ slot }) as { networking?: unknown }).networking),
  );
  expect(new Set(subnets).size).toBe(12);
});

test.each([
  ['nothing', '', { hostPorts: [], hasNetwork: true }],
  [
    'ports',
    'nodes: [{ extraPortMappings: [{ hostPort: 80, containerPort: 1 }] }, { extraPortMappings: [{ hostPort: 443 }] }]',
    { hostPorts: [80, 443], hasNetwork: true },
  ],
  ['no network', 'networking: { disableDefaultCNI: true }', { hostPorts: [], hasNetwork: false }],
])('a configuration of the user that asks for %s is understood', (_what, rest, expected) => {
  expect(readOwnConfiguration(`kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n${rest}`, 'own.yaml')).toEqual(
    expected,
  );
});

test('a file without a Cluster is refused by name', () => {
  expect(() => readOwnConfiguration('kind: Pod', 'own.yaml')).toThrow(/^own\.yaml is no configuration of kind/);
});
