// One of several runs at once: waits until all of them are here, resolves istioctl, prints what it said and found as JSON.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createToolchain } from '../../../src/adapters/toolchain/create-toolchain.ts';
import type { ToolchainSettings } from '../../../src/adapters/toolchain/toolchain-settings.ts';

const [settingsText = '', meeting = '', count = '1'] = process.argv.slice(2);
const settings = JSON.parse(settingsText) as ToolchainSettings;
const said: string[] = [];
const say = (text: string) => void said.push(text);
const reporter = {
  phase: <T>(_: string, run: () => Promise<T>) => run(),
  line: say,
  progress: say,
  warning: say,
  secret: say,
};
writeFileSync(join(meeting, String(process.pid)), '');
while (readdirSync(meeting).length < Number(count)) await sleep(5);
const tool = await createToolchain(settings, reporter, new AbortController().signal).resolve('istioctl');
process.stdout.write(JSON.stringify({ tool, said }));
