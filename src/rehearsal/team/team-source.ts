import type { TrafficSource } from '../../probe/traffic-source.ts';
import { type SampleOptions, sampleHosts } from '../sample/sample-options.ts';
import { frontAddress } from '../sample/sample-targets.ts';
import type { TeamTarget } from './team-target.ts';

/** The sample's own client asks a target, or has the sample's front ask it. */
export function teamSource({ name, question }: TeamTarget, options: SampleOptions): TrafficSource {
  const { image, pullPolicy, rate } = options;
  const pace = ['--rate', String(rate), '--timeout', '10s'];
  const common = { target: name, rate, image, pullPolicy, command: ['/sample'] };
  if (question.by === 'gateway') {
    const { url, host } = question;
    return { ...common, args: ['client', 'http', url, ...(host === undefined ? [] : ['--authority', host]), ...pace] };
  }
  const { kind, address, isReadiness } = question;
  const query = new URLSearchParams({ kind, address, ...(isReadiness ? { readiness: 'true' } : {}) });
  const authority = options.ingress === undefined ? [] : ['--authority', sampleHosts.front];
  return { ...common, args: ['client', 'ask', `http://${frontAddress(options)}/ask?${query}`, ...authority, ...pace] };
}
