import type { FieldOwner } from './field-owner-schema.ts';
import { type FieldStep, leadsInto, parseFieldPath } from './field-path.ts';
import { findRepeated } from './find-repeated.ts';
import { type Finding, show } from './finding.ts';
import type { MeshFile } from './mesh-schema.ts';

/** What an object is found by, and what says which revision serves: a promotion or an upgrade cannot do without it. */
const needed: readonly { kind?: string; path: string; why: string }[] = [
  { path: '.apiVersion', why: 'it is a part of the identity of the object' },
  { path: '.kind', why: 'it is a part of the identity of the object' },
  { path: '.metadata.name', why: 'it is a part of the identity of the object' },
  { path: '.metadata.namespace', why: 'it is a part of the identity of the object' },
  { path: '.metadata.labels["istio-delivery/mesh"]', why: 'istio-delivery knows its objects by it' },
  { path: '.metadata.labels["istio.io/rev"]', why: 'upgrades move it' },
  { kind: 'Service', path: '.spec.selector', why: 'upgrades move it' },
  { kind: 'MutatingWebhookConfiguration', path: '.webhooks[*].clientConfig.service', why: 'upgrades move it' },
  { kind: 'ValidatingWebhookConfiguration', path: '.webhooks[*].clientConfig.service', why: 'upgrades move it' },
];

/** Everything that is not right with the fields that others own. */
export function checkFields({ fields }: MeshFile): Finding[] {
  return [
    ...findRepeated(
      fields.map(({ kind, namespace, name, path: field }, index) => ({
        name: `${kind} ${namespace}/${name} ${field}`,
        path: ['fields', index],
      })),
      'each field of the same objects once',
    ),
    ...fields.flatMap((field, index) => {
      const why = neededFor(field);
      if (why === undefined) return [];
      const message = `expected a field that may be left to others, got ${show(field.path)}; ${why}, so name a field beside or inside of it`;
      return [{ path: ['fields', index, 'path'], message }];
    }),
  ];
}

function neededFor({ kind, path }: FieldOwner): string | undefined {
  const steps = stepsOf(path);
  return needed.find((each) => {
    if (each.kind !== undefined && each.kind !== kind) return false;
    return leadsInto(steps, stepsOf(each.path)) || leadsInto(stepsOf(each.path), steps);
  })?.why;
}

function stepsOf(path: string): FieldStep[] {
  return parseFieldPath(path) ?? [];
}
