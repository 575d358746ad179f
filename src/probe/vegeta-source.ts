import type { HttpTarget, LoadSettings } from '../mesh/probe-policy.ts';
import type { TrafficSource } from './traffic-source.ts';

/** After which a request counts as failed. */
const timeout = '10s';

/**
 * Asks a target with vegeta until it is ended. A redirect is an answer and not followed: where it leads to is another
 * target. What is asked travels as JSON in the environment, out of the shell's reach.
 */
export function vegetaSource({ name, url, method, headers, rate }: HttpTarget, load: LoadSettings): TrafficSource {
  const header = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, [value]]));
  const attack = `vegeta attack -format=json -rate=${rate} -duration=0 -timeout=${timeout} -max-body=0 -redirects=-1`;
  return {
    target: name,
    rate,
    image: load.image,
    pullPolicy: load.pullPolicy,
    command: ['sh', '-c'],
    args: [`printf '%s\\n' "$TARGETS" | ${attack} | vegeta encode -to csv`],
    env: { TARGETS: JSON.stringify({ method, url, header }) },
  };
}
