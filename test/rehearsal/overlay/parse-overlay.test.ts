import { describe, expect, test } from 'vitest';
import { parseOverlay } from '../../../src/rehearsal/overlay/parse-overlay.ts';

describe('parseOverlay', () => {
  test('reads patches of objects and of texts in them', () => {
    const text = `patches:
  - target: { kind: ConfigMap, name: istio-* }
    reason: this Envoy has no stats filter
    in: data.mesh
    merge: { defaultProviders: null }
`;
    expect(parseOverlay(text, 'overlay.yaml')).toEqual({
      patches: [
        {
          target: { kind: 'ConfigMap', name: 'istio-*' },
          reason: 'this Envoy has no stats filter',
          in: 'data.mesh',
          merge: { defaultProviders: null },
        },
      ],
    });
  });

  test.each([
    ['patches: []', /overlay\.yaml:1: patches: expected at least one patch/],
    [
      'patches:\n  - target: { kind: Deployment }\n    reason: because of that\n    marge: {}\n',
      /overlay\.yaml:4: patches\[0\]\.marge: expected a known key, got "marge"; did you mean "merge"\?/,
    ],
    [
      'patches:\n  - target: { kind: Deployment }\n    reason: short\n    merge: {}\n',
      /overlay\.yaml:3: patches\[0\]\.reason: expected a reason of at least 10 characters, got "short"/,
    ],
    [
      'patches:\n  - target: { name: istiod }\n    reason: because of that\n    merge: {}\n',
      /overlay\.yaml:2: patches\[0\]\.target\.kind: expected a kind such as Deployment, got nothing/,
    ],
    [
      'patches:\n  - target: { kind: ConfigMap }\n    reason: because of that\n    in: data/mesh\n    merge: {}\n',
      /overlay\.yaml:4: patches\[0\]\.in: expected the path of a field/,
    ],
    ['', /overlay\.yaml:1: expected one overlay, got an empty file/],
    ['patches: [', /overlay\.yaml:\d+: is no valid YAML/],
  ])('says where %j is wrong', (text, message) => {
    expect(() => parseOverlay(text, 'overlay.yaml')).toThrow(message);
  });
});
