// What Istio's values may hold, from the protocol files of its modules: values of the charts (istio.io/istio) and the
// MeshConfig below them (istio.io/api). `npm run generate` writes it anew when a module is another one than the table
// was made of; that takes Go, and the module proxy or a module cache that holds them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { readText } from './generated-files.ts';
import { root } from './run-tool.ts';
import { mergeTables, tableOf } from './values-table.ts';

export const istioValuesPath = 'src/mesh/istio-values.json';

/** One module of Istio, and its hash as go.sum has it. */
interface Module {
  path: string;
  version: string;
  sum: string;
}

/** The modules that one minor version of Istio is made of. */
type Sources = Record<string, Module[]>;

const modulePaths = ['istio.io/istio', 'istio.io/api'];

/** Minors that are supported besides the one of toolchain/istio, at the patch that stands behind them (1.30.3). */
const older: Sources = {
  '1.30': [
    {
      path: 'istio.io/istio',
      version: 'v0.0.0-20260826214018-9739e10eb9d7',
      sum: 'h1:9IbnPSiY/JyfYWT90jSMeLY4h0TeEcApgjD/9GsrIfA=',
    },
    { path: 'istio.io/api', version: 'v1.30.8', sum: 'h1:/weRNO9YbJsKqFibiGCjXG1i+UwNhJb3vts6ChGR554=' },
  ],
};

/** The table as it stands in the repository where it was made of these very modules, or a new one. */
export function istioValues({ fresh = false } = {}): string {
  const sources = sourcesOf();
  const text = readText(istioValuesPath);
  if (!fresh && text !== undefined && isMadeOf(text, sources)) return text;
  const tables = Object.values(sources).map((modules) => tableOf(protocolFiles(modules)));
  const { messages, enums } = tables.reduce(mergeTables);
  const made = { about, sources: versionsOf(sources), messages, enums };
  return `${JSON.stringify(made, undefined, 1)}\n`;
}

const about =
  "What Istio's values may hold, by message. Written by `npm run generate` from the protocol files of the modules named here.";

function isMadeOf(text: string, sources: Sources): boolean {
  const { sources: made } = JSON.parse(text) as { sources: unknown };
  return JSON.stringify(made) === JSON.stringify(versionsOf(sources));
}

function versionsOf(sources: Sources): Record<string, string[]> {
  const entries = Object.entries(sources).map(([minor, modules]): [string, string[]] => [
    minor,
    modules.map(({ path, version }) => `${path}@${version}`),
  ]);
  return Object.fromEntries(entries);
}

/** The older minors, and the one that `npm run lock` pins below toolchain/istio. */
function sourcesOf(): Sources {
  const lock = JSON.parse(readFileSync(join(root, 'toolchain.lock.json'), 'utf8')) as {
    tools: { istioctl: { version: string } };
  };
  const sums = readFileSync(join(root, 'toolchain/istio/go.sum'), 'utf8');
  const minor = lock.tools.istioctl.version.split('.').slice(0, 2).join('.');
  const modules = modulePaths.map((path) => {
    const [, version, sum] = new RegExp(`^${path} (\\S+) (h1:\\S+)$`, 'm').exec(sums) ?? [];
    if (version === undefined || sum === undefined) throw new Error(`toolchain/istio/go.sum does not have ${path}`);
    return { path, version, sum };
  });
  return { ...older, [minor]: modules };
}

function protocolFiles(modules: readonly Module[]): protobuf.Root {
  const [istio = '', api = ''] = modulePaths.map((path) => folderOf(modules.find((each) => each.path === path)));
  const folders = [api, join(api, 'common-protos'), istio];
  const files = new protobuf.Root();
  files.resolvePath = (_origin, target) => {
    return folders.map((folder) => join(folder, target)).find((path) => readable(path)) ?? target;
  };
  const entries = ['operator/pkg/apis/values_types.proto', 'mesh/v1alpha1/config.proto', 'mesh/v1alpha1/network.proto'];
  files.loadSync(entries, { keepCase: true });
  files.resolveAll();
  return files;
}

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Where Go keeps a module, which must be the one that is pinned. */
function folderOf(module: Module | undefined): string {
  if (module === undefined) throw new Error('a module of Istio is not pinned');
  const { path, version, sum } = module;
  const answer = execFileSync('go', ['mod', 'download', '-json', `${path}@${version}`], {
    cwd: tmpdir(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { Dir, Sum } = JSON.parse(answer) as { Dir: string; Sum: string };
  if (Sum !== sum) throw new Error(`${path}@${version} has the hash ${Sum}, and ${sum} is pinned: find out why first`);
  return Dir;
}
