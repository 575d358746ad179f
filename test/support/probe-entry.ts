import { systemClock } from '../../src/adapters/clock.ts';
import { connectCluster } from '../../src/adapters/kubernetes/connect-cluster.ts';
import type { ProbePolicy } from '../../src/mesh/probe-policy.ts';
import { startProbe } from '../../src/probe/probe-run.ts';
import { keptReport } from './probes.ts';

/** Runs a probe until it is killed: kubeconfig, context, namespace and policy are its words. */
const [kubeconfig = '', context = '', namespace = '', policy = ''] = process.argv.slice(2);
const run = await startProbe(connectCluster({ name: 'kind', kubeconfig, context }), {
  policy: JSON.parse(policy) as ProbePolicy,
  namespace,
  clock: systemClock,
  reporter: keptReport().reporter,
  signal: new AbortController().signal,
});
await run.enter('upgrade');
process.stdout.write('measures\n');
setInterval(() => undefined, 1000);
