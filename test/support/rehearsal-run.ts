import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RehearsalRecord } from '../../src/record/rehearsal-record.ts';
import { writeMesh } from './acme.ts';
import { commandLine } from './embedded.ts';
import { type KindMachine, nodeImage } from './kind.ts';
import { type ProcessOptions, type ProcessRun, runProcess, runStep, type StepRun } from './run-process.ts';
import { revisions } from './upgrade.ts';

/*
 * Settings of the tests on kind, from the environment:
 *
 * KIND_NODE_IMAGE  node image; the one that kind was released with otherwise
 * E2E_LOAD_IMAGE   image with vegeta and a shell; the product's own otherwise
 * E2E_SAMPLE_BASE  image that the sample's binary is put on; an empty one otherwise
 * E2E_OVERLAY      file with what is applied otherwise than the bundle has it; where proxies are plain Envoys,
 *                  test/e2e/fixtures/plain-envoy.yaml
 *
 * and of single files: E2E_ECHO_IMAGE (probe.test.ts: a server on port 8080 that takes the arguments of agnhost) and
 * E2E_REGISTRY_IMAGE (kind-registry.test.ts: a registry; one is built with Go otherwise).
 */
const { E2E_LOAD_IMAGE, E2E_SAMPLE_BASE, E2E_OVERLAY } = process.env;

const settings: Record<string, string | undefined> = {
  'node-image': nodeImage,
  'load-image': E2E_LOAD_IMAGE,
  'sample-base': E2E_SAMPLE_BASE,
  overlay: E2E_OVERLAY,
};

/** Whether proxies run otherwise than the bundles have it by more than the size of the machine. */
export const hasOverlay = E2E_OVERLAY !== undefined;

/** The one environment of the rehearsed mesh. */
const environments = '  production:\n    clusters: [{ name: production, context: production }]\n';

const boundFilter = 'config/root/ingress-server-header.yaml';

export interface Bundles {
  /** Renders the mesh of acme in a revision, with this program's own command; the bundle's folder and digest. */
  render(name: string, options?: RenderOptions): Promise<RenderedBundle>;
}

export interface RenderOptions {
  /** The second revision where nothing is said. */
  revision?: string;
  /** Edits the text of the mesh file. */
  edit?: (text: string) => string;
  /** More files of the mesh by path. */
  files?: Record<string, string>;
}

export interface RenderedBundle {
  path: string;
  digest: string;
}

export function bundlesOf(machine: KindMachine): Bundles {
  return {
    async render(name, { revision = revisions.new, edit = (text: string) => text, files = {} } = {}) {
      const folder = join(machine.runnerTemp, 'meshes', name);
      const file = await writeMesh(folder, {
        environments,
        edit: (text) => edit(text.replace('version: 1.31.0', `version: 1.31.0\n  revision: ${revision}`)),
        files: { [boundFilter]: boundTo(revision), ...files },
      });
      const path = join(machine.runnerTemp, 'bundles', name);
      const run = await machine.run('render', '--mesh', file, '--out', path);
      if (run.code !== 0) throw new Error(`render of ${name} ended with ${run.code}: ${run.stderr}`);
      const { digest } = JSON.parse(readFileSync(join(path, 'bundle.json'), 'utf8')) as { digest: string };
      return { path, digest };
    },
  };
}

/** The mesh's own EnvoyFilter, of which each revision brings its copy. */
function boundTo(revision: string): string {
  const text = readFileSync(join(import.meta.dirname, '../../examples/acme', boundFilter), 'utf8');
  return text
    .replace('name: ingress-server-header-1-31', `name: ingress-server-header-${revision}`)
    .replace('istio.io/rev: 1-31-0', `istio.io/rev: ${revision}`);
}

export interface RehearsalRun extends ProcessRun {
  /** Absent where none was written. */
  record?: RehearsalRecord;
  /** Of the HTML report; absent where none was written. */
  report?: string;
  /** Folder for diagnostics. */
  diagnostics: string;
}

/** Inputs of a rehearsal by name; a flag is `true`. */
export type RehearsalInputs = Record<string, string> & { to: string };

/** Runs the command line on a machine; `onOutput` is told of all that it has printed so far. */
export async function rehearseOn(
  machine: KindMachine,
  inputs: RehearsalInputs,
  options: Pick<ProcessOptions, 'onOutput'> = {},
): Promise<RehearsalRun> {
  const { files, all } = inputsOf(machine, inputs);
  const words = Object.entries(all).flatMap(([name, value]) =>
    value === 'true' ? [`--${name}`] : [`--${name}`, value],
  );
  const run = await runProcess([commandLine, 'rehearse', ...words], { ...options, env: machine.environment });
  return { ...run, ...written(files) };
}

/** Runs the action on a machine, as the runner does it. */
export async function rehearseStepOn(machine: KindMachine, inputs: RehearsalInputs): Promise<StepRun & RehearsalRun> {
  const { files, all } = inputsOf(machine, inputs);
  const step = await runStep([join(import.meta.dirname, 'job-entry.ts'), 'main', 'rehearse'], {
    inputs: all,
    env: machine.environment,
  });
  return { ...step, ...written(files) };
}

interface Files {
  record: string;
  report: string;
  diagnostics: string;
}

function inputsOf({ runnerTemp }: KindMachine, inputs: RehearsalInputs) {
  mkdirSync(runnerTemp, { recursive: true });
  const folder = mkdtempSync(join(runnerTemp, 'run-'));
  const files = { record: join(folder, 'r.json'), report: join(folder, 'r.html'), diagnostics: join(folder, 'why') };
  const given = Object.entries({ ...settings, environment: 'production', ...files, ...inputs });
  const all = Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return { files, all };
}

function written({ record, report, diagnostics }: Files): Pick<RehearsalRun, 'record' | 'report' | 'diagnostics'> {
  return {
    ...(existsSync(record) ? { record: JSON.parse(readFileSync(record, 'utf8')) as RehearsalRecord } : {}),
    ...(existsSync(report) ? { report: readFileSync(report, 'utf8') } : {}),
    diagnostics,
  };
}
