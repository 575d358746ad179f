// One run of its own in the test of two runs at once: resolves istioctl, says what it said and found, as JSON.
import { createToolchain } from '../../../src/adapters/toolchain/create-toolchain.ts';
import type { ToolchainSettings } from '../../../src/adapters/toolchain/toolchain-settings.ts';

const settings = JSON.parse(process.argv[2] ?? '') as ToolchainSettings;
const said: string[] = [];
const say = (text: string) => void said.push(text);
const reporter = {
  phase: <T>(_: string, run: () => Promise<T>) => run(),
  line: say,
  progress: say,
  warning: say,
  secret: say,
};
const tool = await createToolchain(settings, reporter, new AbortController().signal).resolve('istioctl');
process.stdout.write(JSON.stringify({ tool, said }));
