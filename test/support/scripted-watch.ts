import type { WatchTraffic } from '../../src/apply/watch-traffic.ts';
import { DeliveryError } from '../../src/errors.ts';
import { nothingMeasured } from './nothing-measured.ts';

export interface ScriptedWatch {
  watchTraffic: WatchTraffic;
  /** What was asked of it, in order: `begin upgrade`, `check config`, `stop`. */
  asked: string[];
}

const measured = nothingMeasured({ result: 'pass', reasons: [] });

/** A watch that finds the traffic well, but for what `bad` says: a code by what was asked. */
export function scriptedWatch(bad: Record<string, 'TrafficFailed' | 'TrafficUnknown'> = {}): ScriptedWatch {
  const asked: string[] = [];
  const ask = (what: string) => {
    asked.push(what);
    const code = bad[what];
    if (code !== undefined) throw new DeliveryError(`traffic is not well: ${what}`, { code });
  };
  return {
    asked,
    watchTraffic(_target, { change }) {
      let begun = false;
      const begin = () => {
        if (!begun) ask(`begin ${change}`);
        begun = true;
      };
      return {
        begin: async () => begin(),
        async check(after) {
          begin();
          ask(`check ${after}`);
        },
        async stop() {
          if (!begun) return undefined;
          asked.push('stop');
          return measured;
        },
      };
    },
  };
}
