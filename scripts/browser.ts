import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian, Ubuntu, GitHub's runners and Google put it. */
const paths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** The browser in which the tests look at reports; undefined where the machine has none. */
export function browserPath(): string | undefined {
  return [process.env.CHROMIUM ?? '', ...paths].find((path) => path !== '' && existsSync(path));
}

/** Installs one where there is none, as far as this user may; the tests of reports say what is missing otherwise. */
export function provideBrowser(): void {
  if (browserPath() !== undefined || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log('No Chromium or Chrome is here: installing the package chromium for the tests of reports.');
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const words of [
    ['update', '-q'],
    ['install', '-yq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
  ]) {
    const { status } = spawnSync('apt-get', words, { stdio: 'inherit', env: environment });
    if (status !== 0) {
      console.error(`apt-get ${words[0]} failed, see above.`);
      return;
    }
  }
}
