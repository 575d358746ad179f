import { dirname } from 'node:path';
import { loadMesh } from '../adapters/files/load-mesh.ts';
import { addToPath } from '../adapters/toolchain/add-to-path.ts';
import { chooseIstioVersion, type VersionChoice } from '../adapters/toolchain/choose-istio-version.ts';
import { createToolchain } from '../adapters/toolchain/create-toolchain.ts';
import { type ToolchainSettings, toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import type { Tool, ToolName } from '../ports/toolchain.ts';
import { defineJob, type InputValues, type JobContext } from './job.ts';
import { toolInputs, toolOverrides } from './tool-inputs.ts';

const inputs = {
  mesh: { type: 'text', description: 'Mesh file whose istio.version is taken when `istioctl` is not given.' },
  istioctl: { type: 'text', description: 'Version of istioctl (`1.31.0`) or a range (`1.31.x`, `~1.31.0`).' },
  kubectl: { type: 'text', description: 'Version of kubectl; without one it is not set up.' },
  helm: { type: 'text', description: 'Version of helm; without one it is not set up.' },
  ...toolInputs,
  token: { type: 'text', description: "Token for GitHub's API, which only a range asks." },
} as const;

/** Puts istioctl, and kubectl and helm where asked for, on PATH, each checked by digest. */
export const setup = defineJob({
  name: 'setup',
  description: 'Puts a verified istioctl on PATH, and kubectl and helm on request.',
  surfaces: ['action', 'command'],
  inputs,
  outputs: {
    'istioctl-version': 'Version of istioctl, without a leading v.',
    'istioctl-path': 'Absolute path of istioctl.',
    source: 'Where istioctl came from: PATH, the tool cache, a URL, or a Go build.',
  },
  async run(values, context) {
    if (values.token !== undefined) context.reporter.secret(values.token);
    const settings = toolchainSettings(process.env, { ...toolOverrides(values), token: values.token });
    const set = await setUpTools(values, settings, context);
    // What PATH has already stays where it is: to move its folder forward would put other programs before theirs.
    const added = set.tools.filter(({ source }) => source !== 'PATH').map(({ path }) => dirname(path));
    const line = added.length === 0 ? undefined : addToPath(added, process.env);
    const { istioctl, choice } = set;
    return {
      outputs: { 'istioctl-version': istioctl.version, 'istioctl-path': istioctl.path, source: istioctl.source },
      text: describe(set.tools, choice, line),
      json: { tools: set.tools, versionSource: choice.source },
      summary: summarise(set.tools, choice),
    };
  },
});

export interface SetUp {
  istioctl: Tool;
  /** istioctl first. */
  tools: Tool[];
  choice: VersionChoice;
}

type Wish = Pick<InputValues<typeof inputs>, 'mesh' | 'istioctl' | 'kubectl' | 'helm'>;

/** Brings every tool that is wanted to this machine. */
export async function setUpTools(wish: Wish, settings: ToolchainSettings, context: JobContext): Promise<SetUp> {
  const { reporter, signal } = context;
  if (settings.token !== undefined) reporter.secret(settings.token);
  return reporter.phase('Set up tools', async () => {
    const mesh = await meshVersion(wish);
    const choice = await chooseIstioVersion({ asked: wish.istioctl, mesh }, settings, reporter, signal);
    reporter.line(`istioctl ${choice.version}: ${choice.source}`);
    const toolchain = createToolchain(settings, reporter, signal);
    const istioctl = await toolchain.resolve('istioctl', choice.version);
    const tools = [istioctl];
    for (const name of ['kubectl', 'helm'] as const satisfies ToolName[]) {
      if (wish[name] !== undefined) tools.push(await toolchain.resolve(name, wish[name]));
    }
    return { istioctl, tools, choice };
  });
}

/** The mesh file is read only where it decides: with a version given it need not even be there. */
async function meshVersion({ mesh, istioctl }: Wish): Promise<{ path: string; version: string } | undefined> {
  if (mesh === undefined || istioctl !== undefined) return undefined;
  return { path: mesh, version: (await loadMesh(mesh)).istio.version };
}

function describe(tools: readonly Tool[], choice: VersionChoice, pathLine: string | undefined): string {
  const lines = tools.map(({ name, version, path, source }) => `${name} ${version}  ${path}  (${source})`);
  const chosen = `istioctl ${choice.version} was chosen by ${choice.source}.`;
  return [...lines, chosen, ...(pathLine === undefined ? [] : ['', pathLine])].join('\n');
}

function summarise(tools: readonly Tool[], choice: VersionChoice): string {
  const rows = tools.map(({ name, version, source, sha256 }) => `| ${name} | ${version} | ${source} | \`${sha256}\` |`);
  return [
    '### Tools',
    '',
    '| Tool | Version | Source | sha256 |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    `istioctl's version was chosen by ${choice.source}.`,
    '',
  ].join('\n');
}
