import { systemClock } from '../../src/adapters/clock.ts';
import type { KindContext } from '../../src/adapters/kind/kind-options.ts';
import { createSecrets } from '../../src/adapters/runner/secrets.ts';
import { terminalReporter } from '../../src/adapters/runner/terminal-reporter.ts';
import { createToolchain } from '../../src/adapters/toolchain/create-toolchain.ts';
import { toolchainSettings } from '../../src/adapters/toolchain/toolchain-settings.ts';

/** What works with kind clusters in a home folder, as a command would, and says nothing. */
export function kindContextIn(home: string, environment: NodeJS.ProcessEnv = process.env): KindContext {
  const reporter = terminalReporter({ write: () => true }, createSecrets(), systemClock);
  const { signal } = new AbortController();
  const toolchain = createToolchain(toolchainSettings({ ...process.env, ISTIO_DELIVERY_HOME: home }), reporter, signal);
  return { home, toolchain, reporter, clock: systemClock, signal, environment };
}
