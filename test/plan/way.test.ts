import { describe, expect, test } from 'vitest';
import type { Bundle, StageObjects } from '../../src/bundle/bundle.ts';
import { stageDigests } from '../../src/bundle/bundle-digest.ts';
import type { OpenUpgrade, UpgradeSide } from '../../src/plan/open-upgrade.ts';
import { type Way, wayOf } from '../../src/plan/way.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { bundleOf } from '../support/bundles.ts';
import { journal } from '../support/upgrades.ts';

function map(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
}

/** A bundle at a revision with this configuration. */
function bundle(revision: string, config = 'route', base = 'shared'): Bundle {
  const stages: StageObjects[] = [
    { stage: 'base', objects: [map(base)] },
    { stage: 'revision', objects: [map(`istiod-${revision}`)] },
    { stage: 'config', objects: [map(config)] },
  ];
  const { manifest, clusters } = bundleOf({ dev: stages });
  return { manifest: { ...manifest, istio: { version: '1.31.0', revision } }, clusters };
}

function side({ manifest, clusters }: Bundle, config?: Bundle): UpgradeSide {
  const stages = stageDigests(clusters.dev?.stages ?? []);
  const other = config && stageDigests(config.clusters.dev?.stages ?? []).config;
  return {
    bundle: manifest.digest,
    istio: manifest.istio,
    chunks: [],
    stages: { ...stages, ...(other === undefined ? {} : { config: other }) },
  };
}

const [source, target] = [bundle('old'), bundle('new')];
const amendedSource = bundle('old', 'route-2');
const amendedTarget = bundle('new', 'route-2');
const open = journal({ old: side(source), new: side(target) });
/** Its configuration was promoted meanwhile, rendered at the old revision. */
const amended = journal({ old: side(amendedSource), new: side(target, amendedSource) });

function kindOf(given: Bundle, upgrade: OpenUpgrade | undefined, amends = false): Way['kind'] {
  const [part] = Object.values(given.clusters);
  if (!part) throw new Error('the bundle has no cluster');
  return wayOf('dev', { manifest: given.manifest, bundle: part, amends }, { record: undefined, open: upgrade }).kind;
}

describe('while an upgrade is open, a bundle means', () => {
  test.each<[string, Bundle, OpenUpgrade, Way['kind']]>([
    ['its continuation where it is the target', target, open, 'continuation'],
    ['an amendment where it is the source', source, open, 'amendment'],
    ['an amendment where it is the target with other configuration', amendedTarget, open, 'amendment'],
    ['an amendment where the target would take back what was promoted meanwhile', target, amended, 'amendment'],
    ['an amendment where the upgrade goes back', target, { ...open, direction: 'back' }, 'amendment'],
  ])('%s', (_what, given, upgrade, kind) => {
    expect(kindOf(given, upgrade)).toBe(kind);
  });

  test('an amendment to whoever changes nothing but configuration', () => {
    expect(kindOf(target, open, true)).toBe('amendment');
  });

  test('nothing at all where it differs in anything but configuration', () => {
    expect(() => kindOf(bundle('old', 'route', 'others'), open)).toThrow(
      expect.objectContaining({ code: 'UpgradeOpen', kind: 'refused' }),
    );
  });
});

test('without an upgrade a bundle is promoted to an empty cluster', () => {
  expect(kindOf(target, undefined)).toBe('promotion');
});
