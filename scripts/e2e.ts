import { openDocker } from '../src/adapters/docker/docker.ts';
import { DeliveryError } from '../src/errors.ts';
import { runTests } from './run-tests.ts';

/**
 * Tests on real kind clusters, which need a Docker engine and take a while. Words choose test files; KIND_NODE_IMAGE
 * gives a node image in place of the one that kind was released with. The last line tells how many passed and failed.
 */
const reason = await whyNoDocker();
if (reason !== undefined) console.log(`skipped: ${reason}`);
else if (!runTests(['--project=e2e', ...process.argv.slice(2)])) process.exitCode = 1;

async function whyNoDocker(): Promise<string | undefined> {
  try {
    await openDocker({ environment: process.env, signal: AbortSignal.timeout(30_000) });
    return undefined;
  } catch (error) {
    if (error instanceof DeliveryError) return error.message.replace('Docker engine does not answer: ', '');
    if (error instanceof Error && error.name === 'TimeoutError') return 'nothing was heard of it within 30 s';
    throw error;
  }
}
