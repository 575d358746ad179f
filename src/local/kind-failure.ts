/** Why `kind create cluster` failed. */
export interface KindFailure {
  code: string;
  /** Follows "cluster x was not created: ". */
  reason: string;
  cure: string;
  /** Whether another try can help without anybody changing anything. */
  retryable: boolean;
}

interface Sign {
  pattern: RegExp;
  failure(found: RegExpExecArray, context: FailureContext): KindFailure;
}

interface FailureContext {
  output: string;
  /** The ports of this machine that the configuration asks for. */
  hostPorts: readonly number[];
}

/** In the order in which they are looked for: the first that is found in kind's output is the cause. */
const signs: readonly Sign[] = [
  {
    pattern: /Cannot connect to the Docker daemon|error during connect/i,
    failure: () => ({
      code: 'DockerUnavailable',
      reason: 'the Docker engine stopped answering',
      cure: 'see whether it still runs',
      retryable: false,
    }),
  },
  {
    pattern: /failed to pull image "([^"]+)"/,
    failure: ([, image = ''], { output }) => pullFailure(image, output),
  },
  {
    pattern: /no space left on device/i,
    failure: () => ({
      code: 'NoSpace',
      reason: 'no space is left on the device of the Docker engine',
      cure: 'free some, for instance with docker system prune',
      retryable: false,
    }),
  },
  {
    // Docker says it in several ways, each with the address before the port.
    pattern:
      /(?:listen (?:tcp|udp)[46]? |Bind for |host port (?:for )?)(?:\[[^\]]*\]|[^\s:]*):(\d+)(?=.*(?:address already in use|port is already allocated))/i,
    failure: ([, port = ''], { hostPorts }) => ({
      code: 'HostPortTaken',
      reason: `port ${port} of this machine is taken already`,
      cure: `end what listens there (ss -ltnp 'sport = :${port}' tells) or map another port`,
      // kind chooses the port of the API server itself, another one each time.
      retryable: !hostPorts.includes(Number(port)),
    }),
  },
  {
    pattern: /already exist for a cluster with the name "([^"]+)"/,
    failure: ([, name = '']) => ({
      code: 'KindNameTaken',
      reason: `there is a kind cluster ${name} already`,
      cure: `give another name, or, if nobody uses that one any more, delete it with kind delete cluster --name ${name}`,
      retryable: false,
    }),
  },
  {
    pattern:
      /could not find a log line that matches|OCI runtime create failed|No command specified|container exited (?:unexpectedly|immediately)|is not running/i,
    failure: () => ({
      code: 'NodeNotStarted',
      reason: 'the container of a node does not boot as a node does',
      cure: 'use an image that was made for this version of kind (a kindest/node image by digest), and see the exported logs',
      retryable: true,
    }),
  },
  {
    pattern: /failed to (init|join) node with kubeadm/,
    failure: ([, step = '']) => ({
      code: 'NodeNotReady',
      reason: `Kubernetes did not come up on a node (kubeadm ${step} failed)`,
      cure: 'see kubelet.log in the exported logs; give the Docker engine more memory and CPU where it has little',
      retryable: true,
    }),
  },
  {
    pattern: /unable to decode config|unknown apiVersion|unknown kind|invalid configuration|unknown field|yaml: /i,
    failure: (_found, { output }) => ({
      code: 'KindConfigurationInvalid',
      reason: `kind does not take its configuration: ${errorLine(output)}`,
      cure: 'correct it as https://kind.sigs.k8s.io/docs/user/configuration says',
      retryable: false,
    }),
  },
];

/** The cause of a failed creation, from what kind printed on standard error. */
export function kindFailure(output: string, hostPorts: readonly number[]): KindFailure {
  for (const { pattern, failure } of signs) {
    const found = pattern.exec(output);
    if (found) return failure(found, { output, hostPorts });
  }
  return {
    code: 'KindFailed',
    reason: errorLine(output) || 'kind said nothing',
    cure: 'see the exported logs',
    retryable: true,
  };
}

function pullFailure(image: string, output: string): KindFailure {
  const said = output.split('Command Output:')[1]?.trim().split('\n').at(-1) ?? '';
  const missing = /not found|manifest unknown|denied|unauthorized|does not exist|invalid reference/i.test(said);
  return {
    code: missing ? 'NodeImageMissing' : 'NodeImageUnavailable',
    reason: `node image ${image} cannot be pulled${said === '' ? '' : ` (${said})`}`,
    cure: missing
      ? 'correct its name and digest, or log in to its registry'
      : 'see whether its registry can be reached from the Docker engine, or give a node image that the engine has already',
    retryable: !missing,
  };
}

function errorLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => line.startsWith('ERROR: '))?.slice('ERROR: '.length) ?? lines.filter(Boolean).at(-1) ?? ''
  );
}
