import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actionsOf, inputsTable, outputsTable } from '../../scripts/action-files.ts';
import { buildProgram } from '../../src/cli.ts';
import { jobs } from '../../src/jobs/table.ts';
import { version } from '../../src/version.ts';
import { readYaml, root } from '../support/workflow-files.ts';

interface ActionMetadata {
  name: string;
  description: string;
  inputs?: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs?: Record<string, { description: string }>;
  runs: { using: string; main: string; post?: string };
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const actions = actionsOf(jobs);
const commands = jobs.filter(({ surfaces }) => surfaces.includes('command'));

test('every folder of actions, every stub of dist and every action of the table have each other', () => {
  const names = actions.map(({ name }) => name).sort();
  const stubs = readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.js'));
  expect(readdirSync(join(root, 'actions')).sort()).toEqual(names);
  const posts = actions.filter(({ post }) => post).map(({ name }) => `${name}-post.js`);
  const shared = ['cli.js', 'compile-cache.js', 'index.js'];
  expect(stubs.sort()).toEqual([...names.map((name) => `${name}.js`), ...posts, ...shared].sort());
});

describe.each(actions)('action $name', (job) => {
  const metadata = readYaml<ActionMetadata>(`actions/${job.name}/action.yml`);
  const readme = read(`actions/${job.name}/README.md`);

  test('has the inputs of the table in action.yml', () => {
    const inputs = Object.entries(job.inputs).map(([name, { type, description, required, default: given }]) => {
      const fallback = type === 'flag' ? 'false' : given;
      return [
        name,
        { description, ...(required && { required }), ...(fallback !== undefined && { default: fallback }) },
      ];
    });
    expect(metadata.inputs ?? {}).toEqual(Object.fromEntries(inputs));
    expect(metadata.description).toBe(job.description);
  });

  test('has the outputs of the table in action.yml', () => {
    const outputs = Object.entries(job.outputs).map(([name, description]) => [name, { description }]);
    expect(metadata.outputs ?? {}).toEqual(Object.fromEntries(outputs));
  });

  test('has them in its README, which shows how to use it', () => {
    expect(readme).toContain(inputsTable(job));
    expect(readme).toContain(outputsTable(job));
    expect(readme).toContain(`uses: OWNER/istio-delivery/actions/${job.name}@<commit>`);
  });

  test('uses no input in its README that it does not have', () => {
    for (const [, lines] of readme.matchAll(
      new RegExp(`actions/${job.name}@<commit>\n +with:\n((?: {4}.*\n)+)`, 'g'),
    )) {
      const used = [...(lines ?? '').matchAll(/^ {4}(?<name>[\w-]+):/gm)].map(({ groups }) => groups?.name ?? '');
      expect(Object.keys(job.inputs)).toEqual(expect.arrayContaining(used));
    }
  });

  test('runs its stub of the one bundle on Node 24', () => {
    const post = job.post ? { post: `../../dist/${job.name}-post.js` } : {};
    expect(metadata.runs).toEqual({ using: 'node24', main: `../../dist/${job.name}.js`, ...post });
    const stub = read(`dist/${job.name}.js`);
    expect(stub).toContain(`const { runAction } = await import('./index.js');`);
    expect(stub).toContain(`process.exitCode = await runAction('${job.name}');`);
    if (job.post) {
      expect(read(`dist/${job.name}-post.js`)).toContain(`process.exitCode = await runPost('${job.name}');`);
    }
  });

  test('names in its README no input that the action gives itself', () => {
    for (const [name, { internal }] of Object.entries(job.inputs)) {
      if (internal) expect(readme).not.toContain(`| \`${name}\` |`);
    }
  });
});

describe('the command line', () => {
  const program = buildProgram(jobs, async () => {});
  const leaves = program.commands.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));

  test('has the commands of the table and no others', () => {
    const names = leaves.map((command) =>
      command.parent === program ? command.name() : `${command.parent?.name()} ${command.name()}`,
    );
    expect(names.sort()).toEqual(commands.map(({ name }) => name).sort());
  });

  test.each(commands)('$name takes the words of its inputs and --output', ({ name, inputs }) => {
    const path = name.split(' ');
    const command = leaves.find(
      (leaf) => leaf.name() === path.at(-1) && (path.length === 1 || leaf.parent?.name() === path[0]),
    );
    const given = Object.entries(inputs);
    const words = given.filter(([, { argument }]) => argument).map(([input]) => input);
    const options = given.filter(([, { argument }]) => !argument).map(([input]) => `--${input}`);
    expect(command?.registeredArguments.map((argument) => argument.name())).toEqual(words);
    expect(command?.options.map(({ long }) => long).sort()).toEqual([...options, '--output'].sort());
  });
});

describe('a job of the table', () => {
  test.each(jobs)('$name is declared as entries and runner can take it', ({ inputs, outputs, description }) => {
    expect(description).toMatch(/^[A-Z].*\.$/);
    for (const [name, input] of Object.entries(inputs)) {
      expect(name).toMatch(/^[a-z][a-z-]*$/);
      expect(['output', 'help', 'version']).not.toContain(name);
      expect(input.description).toMatch(/^\S.*\.$/);
      if (input.default !== undefined) expect(['text', 'number']).toContain(input.type);
      if (input.default !== undefined) expect(input.required ?? false).toBe(false);
      if (input.internal) expect(input.default).toBeDefined();
    }
    for (const name of Object.keys(outputs)) expect(name).toMatch(/^[a-z][a-z-]*$/);
  });
});

test('the program and its package have one version and one entry', () => {
  const manifest = JSON.parse(read('package.json')) as { version: string; bin: Record<string, string> };
  expect(manifest.version).toBe(version);
  expect(manifest.bin).toEqual({ 'istio-delivery': 'dist/cli.js' });
  expect(read('dist/cli.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
});
