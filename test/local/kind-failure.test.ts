import { expect, test } from 'vitest';
import { kindFailure } from '../../src/local/kind-failure.ts';

const pull = (said: string) =>
  `ERROR: failed to create cluster: failed to pull image "kindest/node:v9": command "docker pull kindest/node:v9" failed with error: exit status 1\n\nCommand Output: ${said}`;
const start = (said: string) =>
  `ERROR: failed to create cluster: command "docker run --publish=127.0.0.1:8080:30080/TCP x" failed with error: exit status 125\n\nCommand Output: c71eb7\n${said}\n\nRun 'docker run --help' for more information`;

test.each([
  [
    pull('Error response from daemon: manifest for kindest/node:v9 not found: manifest unknown'),
    'NodeImageMissing',
    false,
    'node image kindest/node:v9 cannot be pulled (Error response from daemon: manifest for kindest/node:v9 not found',
  ],
  [pull('denied: requested access to the resource is denied'), 'NodeImageMissing', false, 'cannot be pulled'],
  [
    pull(
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
    ),
    'NodeImageUnavailable',
    true,
    'no such host',
  ],
  [pull('toomanyrequests: You have reached your pull rate limit'), 'NodeImageUnavailable', true, 'toomanyrequests'],
  [
    start(
      'docker: Error response from daemon: driver failed programming external connectivity on endpoint a (0a4a): Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use',
    ),
    'HostPortTaken',
    false,
    'port 8080 of this machine is taken already',
  ],
  [
    start(
      'docker: Error response from daemon: driver failed: Bind for 0.0.0.0:45553 failed: port is already allocated',
    ),
    'HostPortTaken',
    true,
    'port 45553 of this machine is taken already',
  ],
  [
    start(
      'docker: Error response from daemon: failed to bind host port for 127.0.0.1:8080:172.18.0.2:30080/tcp: address already in use',
    ),
    'HostPortTaken',
    false,
    'port 8080 of this machine is taken already',
  ],
  [
    start('docker: Error response from daemon: failed to bind host port 127.0.0.1:8080/tcp: address already in use'),
    'HostPortTaken',
    false,
    'port 8080 of this machine is taken already',
  ],
  [
    start(
      'docker: Error response from daemon: Error starting userland proxy: listen tcp6 [::1]:8080: bind: address already in use',
    ),
    'HostPortTaken',
    false,
    'port 8080 of this machine is taken already',
  ],
  [
    'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "dev"',
    'KindNameTaken',
    false,
    'there is a kind cluster dev already',
  ],
  [
    'ERROR: failed to create cluster: could not find a log line that matches "Reached target .*Multi-User System.*|detected cgroup v1"',
    'NodeNotStarted',
    true,
    'the container of a node does not boot',
  ],
  [start('docker: Error response from daemon: No command specified.'), 'NodeNotStarted', true, 'does not boot'],
  [
    'ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec a kubeadm init" failed',
    'NodeNotReady',
    true,
    'Kubernetes did not come up on a node (kubeadm init failed)',
  ],
  [
    'ERROR: failed to create cluster: failed to join node with kubeadm: command "docker exec a kubeadm join" failed',
    'NodeNotReady',
    true,
    'kubeadm join failed',
  ],
  [
    'ERROR: failed to create cluster: unable to decode config: yaml: unmarshal errors: line 3: field nods not found',
    'KindConfigurationInvalid',
    false,
    'kind does not take its configuration: failed to create cluster: unable to decode config',
  ],
  ['ERROR: write /var/lib/x: no space left on device', 'NoSpace', false, 'no space is left'],
  [
    'ERROR: failed to list clusters: Cannot connect to the Docker daemon at unix:///var/run/docker.sock',
    'DockerUnavailable',
    false,
    'the Docker engine stopped answering',
  ],
  [
    'something else\nERROR: failed to create cluster: a new thing',
    'KindFailed',
    true,
    'failed to create cluster: a new thing',
  ],
  ['', 'KindFailed', true, 'kind said nothing'],
])('%# finds the cause in what kind said', (output, code, retryable, reason) => {
  const failure = kindFailure(output, [8080]);
  expect(failure).toMatchObject({ code, retryable });
  expect(failure.reason).toContain(reason);
});
