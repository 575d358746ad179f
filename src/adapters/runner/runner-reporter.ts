import * as core from '@actions/core';
import type { Clock } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { logText, logTitle } from '../../text/log-text.ts';
import { progressLines } from './progress-lines.ts';
import type { Secrets } from './secrets.ts';

/** Writes the log of an Actions runner: a group a phase, annotations for warnings, secrets masked by the runner too. */
export function runnerReporter(secrets: Secrets, clock: Clock): Reporter {
  const print = (text: string) => core.info(logText(secrets.hide(text)));
  const progress = progressLines(print, clock);
  let depth = 0;
  return {
    async phase(title, run, isGood = () => true) {
      // Groups do not nest on a runner: only the outermost phase opens one.
      progress.flush();
      if (depth === 0) core.startGroup(logTitle(secrets.hide(title)));
      else print(`— ${title}`);
      depth += 1;
      let good = false;
      try {
        const result = await run();
        good = isGood(result);
        return result;
      } finally {
        depth -= 1;
        progress.flush();
        if (!good) print(`✗ ${title}`);
        if (depth === 0) core.endGroup();
      }
    },
    line(text) {
      progress.drop();
      print(text);
    },
    progress: (text) => progress.show(text),
    warning: (text) => core.warning(logText(secrets.hide(text))),
    secret(value) {
      // A runner hides each line of a mask by itself, were it only a brace.
      for (const form of secrets.add(value)) if (!form.includes('\n')) core.setSecret(form);
    },
  };
}
