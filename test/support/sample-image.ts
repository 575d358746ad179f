import { openDocker } from '../../src/adapters/docker/docker.ts';
import { buildSampleImage } from '../../src/adapters/sample/build-sample-image.ts';
import { silent } from './delivery.ts';

/** Name of the sample's image, which the Docker engine has afterwards; on E2E_SAMPLE_BASE, where that is given. */
export async function sampleImage(): Promise<string> {
  const run = { environment: process.env, signal: new AbortController().signal };
  const { E2E_SAMPLE_BASE: base } = process.env;
  return buildSampleImage(base === undefined ? {} : { base }, {
    ...run,
    docker: await openDocker(run),
    reporter: silent,
  });
}
