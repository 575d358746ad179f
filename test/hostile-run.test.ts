import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { logText } from '../src/text/log-text.ts';
import { inFolder } from './support/folders.ts';
import { hostileTexts } from './support/hostile-text.ts';
import { lookAtMarkdown } from './support/markdown-look.ts';
import { runProcess, runStep } from './support/run-process.ts';
import { lookAtTerminal } from './support/terminal-look.ts';

const entry = join(import.meta.dirname, 'support/sample-entry.ts');

function withTexts<T>(run: (file: string) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const file = join(folder, 'texts.json');
    await writeFile(file, JSON.stringify(hostileTexts));
    return run(file);
  });
}

/** What a runner takes a line for: a command of it, with its properties and data, or words. */
function commandOf(line: string): { name: string; properties: string; data: string } | undefined {
  const [, name, properties = '', data = ''] = /^\s*::([^\s:]+)(?: (.*?))?::(.*)$/.exec(line) ?? [];
  const decoded = data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
  return name === undefined ? undefined : { name, properties, data: decoded };
}

const cli = join(import.meta.dirname, '../src/cli.ts');

test(
  'a mesh file with hostile text is refused with each line under one of ours',
  () =>
    inFolder(async (folder) => {
      const mesh = join(folder, 'mesh.yaml');
      // A mapping shows the first twenty of its unknown keys.
      const keys = (part: number) =>
        Object.fromEntries(hostileTexts.filter((_, index) => index % 4 === part).map((text) => [text, text]));
      const document = {
        name: hostileTexts[0],
        istio: keys(0),
        namespaces: keys(1),
        health: keys(2),
        upgrade: keys(3),
      };
      // JSON is YAML: the parser gets each text as it is.
      await writeFile(mesh, JSON.stringify(document));
      const words = [cli, 'render', '--mesh', mesh, '--out', join(folder, 'bundle')];
      const [text, json] = await Promise.all([runProcess(words), runProcess([...words, '-o', 'json'])]);
      expect(text.code).toBe(2);
      const { lines, ...seen } = await lookAtTerminal(text.stderr);
      expect(seen).toMatchObject({ styled: 0, concealed: [], titles: [], isPlain: true, begun: 1 });
      expect(lines.length).toBeGreaterThan(hostileTexts.length);
      expect(lines[0]).toMatch(/^error: .*mesh\.yaml has \d+ errors$/);
      expect(JSON.parse(json.stdout)).toMatchObject({ error: { message: expect.stringMatching(/ errors\n/) } });
      for (const printed of [text.stderr, json.stdout]) expect(printed).not.toMatch(/[^\P{C}\n]|^\s*::|##\[/mu);
    }),
  60_000,
);

describe.concurrent('a run that repeats hostile text', () => {
  test('gives a runner no command but its own, and every output as it is', async () => {
    const step = await withTexts((texts) => runStep([entry, 'action', 'repeat'], { inputs: { texts } }));
    const lines = step.stdout.split(/\r\n|\n|\r/);
    const commands = lines.flatMap((line) => commandOf(line) ?? []);
    const texts = (name: string) => commands.filter((command) => command.name === name).map(({ data }) => data);
    expect(new Set(commands.map(({ name }) => name))).toEqual(new Set(['group', 'warning', 'endgroup', 'error']));
    expect(commands.filter(({ properties }) => properties !== '')).toEqual([]);
    expect(texts('group')).toHaveLength(hostileTexts.length);
    expect(texts('warning')).toEqual(hostileTexts.map(logText));
    expect(texts('error')).toEqual([logText(hostileTexts.join('\n'))]);
    expect(texts('group').join('')).not.toMatch(/\p{C}/u);
    expect(step.stdout).not.toContain('##[');
    expect(step.stdout).not.toMatch(/[^\P{C}\n]/u);
    expect(step.outputs).toEqual({ all: hostileTexts.join('\n') });
    const { nodes, suspicious } = lookAtMarkdown(step.summary);
    expect(suspicious).toEqual([]);
    expect(nodes).toEqual({ root: 1, list: 1, listItem: hostileTexts.length, paragraph: hostileTexts.length });
  });

  test.each([
    ['without colours', {}],
    ['in colours', { FORCE_COLOR: '1' }],
  ])('leaves a terminal as it was, %s', async (_name, env) => {
    const run = await withTexts((texts) => runProcess([entry, 'command', 'repeat', '--texts', texts], { env }));
    for (const printed of [run.stdout, run.stderr]) {
      const seen = await lookAtTerminal(printed);
      expect(seen).toMatchObject({ mixed: [], concealed: [], titles: [], isPlain: true });
      if (!('FORCE_COLOR' in env)) expect(seen.styled).toBe(0);
    }
    // The log's own lines: two for each phase, and the one that says why the run failed.
    const { lines } = await lookAtTerminal(run.stderr);
    expect(lines.filter((line) => /^[▸✓✗]/.test(line))).toHaveLength(2 * hostileTexts.length);
    expect(lines.filter((line) => /^[^\s▸✓✗]/.test(line))).toEqual([expect.stringMatching(/^failed: /)]);
  });

  test('is JSON that has all of it', async () => {
    const run = await withTexts((texts) => runProcess([entry, 'command', 'repeat', '--texts', texts, '-o', 'json']));
    expect(JSON.parse(run.stdout)).toEqual(hostileTexts);
    expect(run.stdout).not.toMatch(/[^\P{C}\n]|[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]|##\[/u);
  });
});
