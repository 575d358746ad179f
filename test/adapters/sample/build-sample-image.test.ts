import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Docker } from '../../../src/adapters/docker/docker.ts';
import { buildSampleImage, type SampleImage } from '../../../src/adapters/sample/build-sample-image.ts';
import type { Reporter } from '../../../src/ports/reporter.ts';
import { inFolder } from '../../support/folders.ts';

/** A Docker engine that has some images, and notes what it is asked to build. */
function engine(images: string[]): { docker: Docker; builds: string[][] } {
  const builds: string[][] = [];
  const docker: Docker = {
    async attempt(args) {
      return { exitCode: images.includes(args.at(-1) ?? '') ? 0 : 1, output: '', errors: '' };
    },
    async run(args) {
      if (args[0] === 'version') return 'arm64\n';
      const context = args.at(-1) ?? '';
      builds.push([...args.slice(0, -1), await readFile(join(context, 'sample'), 'utf8')]);
      expect(await readFile(join(context, 'Dockerfile'), 'utf8')).toContain('COPY sample');
      images.push(args[args.indexOf('--tag') + 1] ?? '');
      return '';
    },
  };
  return { docker, builds };
}

const quiet: Reporter = { phase: (_title, run) => run(), line() {}, progress() {}, warning() {}, secret() {} };

/** A `go` that says what it was asked for, in the file that it was to write. */
const obedientGo = `#!/bin/sh
printf '%s/%s %s' "$GOOS" "$GOARCH" "$CGO_ENABLED" > "$6"
`;

const brokenGo = `#!/bin/sh
echo 'dial tcp: no route to the proxy' >&2
exit 1
`;

async function build(options: SampleImage, { docker, go }: { docker: Docker; go?: string }): Promise<string> {
  return inFolder(async (folder) => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    if (go !== undefined) await writeFile(join(bin, 'go'), go, { mode: 0o755 });
    const environment = { PATH: [bin, ...(go === undefined ? [] : ['/usr/bin', '/bin'])].join(delimiter) };
    return buildSampleImage(options, { docker, environment, signal: new AbortController().signal, reporter: quiet });
  });
}

test('the binary is built for the engine, and the image named after the sources', async () => {
  const { docker, builds } = engine([]);
  const image = await build({}, { docker, go: obedientGo });
  expect(image).toMatch(/^istio-delivery\/sample:[0-9a-f]{12}$/);
  expect(builds).toEqual([['build', '--build-arg', 'BASE=scratch', '--tag', image, 'linux/arm64 0']]);
});

test('an image that is there already is not built again', async () => {
  const { docker, builds } = engine([]);
  const first = await build({}, { docker, go: obedientGo });
  expect(await build({}, { docker })).toBe(first);
  expect(builds).toHaveLength(1);
});

test('another base is another image', async () => {
  const { docker, builds } = engine([]);
  const images = [
    await build({}, { docker, go: obedientGo }),
    await build({ base: 'mirror/static:1' }, { docker, go: obedientGo }),
  ];
  expect(new Set(images).size).toBe(2);
  expect(builds[1]).toContain('BASE=mirror/static:1');
});

test('the image has the name that is asked for', async () => {
  const { docker } = engine([]);
  expect(await build({ tag: 'mirror/sample:2' }, { docker, go: obedientGo })).toBe('mirror/sample:2');
});

test.each([
  {
    why: 'Go is missing',
    go: undefined,
    code: 'GoMissing',
    message: /no program go on PATH; install Go, or give an image/,
  },
  { why: 'the build fails', go: brokenGo, code: 'SampleBuildFailed', message: /no route to the proxy.*GOPROXY/ },
])('says what to do where $why', async ({ go, code, message }) => {
  const { docker, builds } = engine([]);
  const failure = build({}, { docker, ...(go === undefined ? {} : { go }) });
  await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(builds).toEqual([]);
});
