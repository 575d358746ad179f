import type { Bundle } from '../../src/bundle/bundle.ts';
import { prepareRehearsal, type RehearsalPlan } from '../../src/rehearsal/prepare-rehearsal.ts';
import { bundleOf } from './bundles.ts';

/** The plan of a rehearsal that installs a bundle and nothing else. */
export function firstInstall(to: Bundle = bundleOf({ dev: [] })): RehearsalPlan {
  const common = { cluster: 'dev', overlay: { patches: [] }, soak: 0, sample: [], workloads: [] };
  return prepareRehearsal({ ...common, way: 'first install', to });
}
