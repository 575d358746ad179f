import type { Diagnostics } from './diagnostics-folder.ts';

/** What stands where; a folder ends with `/`. */
const kinds: readonly [file: string, what: string][] = [
  ['failed-requests.txt', 'Every request that failed, by target and second, and which proxy said so.'],
  ['change.txt', 'What differs between the two bundles.'],
  ['events.txt', 'Events of the cluster, the newest last.'],
  ['pods.txt', 'Pods and their states; as the API server sends them in pods.json, described in pods-described.txt.'],
  ['nodes-described.txt', 'Nodes, with what they have left.'],
  ['logs/', 'Logs by namespace, pod and container: of gateways, istiods, workloads, and of pods that are not ready.'],
  ['istio/', 'Objects of Istio and of the Gateway API, and proxy-status for each revision.'],
  ['kubernetes/', 'Namespaces with labels, Services, EndpointSlices, webhook configurations.'],
  ['proxies/', 'Configuration of the proxies by namespace and pod; those on the failing path as tables (.txt) too.'],
  ['kind/', "The nodes' own logs: container (serial.log, inspect.json), kubelet, containerd, pods."],
  ['failures.txt', 'What could not be exported, and why.'],
];

const mostFailures = 10;

/** A text that says what happened, what stands where, and what is missing. */
export function diagnosticsIndex(title: readonly string[], { files, failures, unwell }: Diagnostics): string {
  const there = kinds.filter(([kind]) =>
    kind.endsWith('/') ? files.some((file) => `${file}/`.startsWith(kind)) : files.includes(kind),
  );
  const width = Math.max(...kinds.map(([kind]) => kind.length));
  return [
    ...title,
    ...(title.length > 0 ? [''] : []),
    ...block(
      'What stands here:',
      there.map(([kind, what]) => `${kind.padEnd(width)}  ${what}`),
    ),
    ...block('Pods that are not ready:', unwell),
    ...block('What could not be exported:', bounded(failures)),
  ].join('\n');
}

/** A cluster in which nothing answers says so for each file. */
function bounded(lines: readonly string[]): readonly string[] {
  const rest = lines.length - mostFailures;
  return rest > 0 ? [...lines.slice(0, mostFailures), `and ${rest} more: failures.txt has them all`] : lines;
}

function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ''];
}
