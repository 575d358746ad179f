import { checkEnvironments } from './check-environments.ts';
import { checkFields } from './check-fields.ts';
import { checkProbe } from './check-probe.ts';
import { checkSelectors } from './check-selectors.ts';
import { checkValues } from './check-values.ts';
import { defaultRevision } from './complete-mesh.ts';
import { findRepeated, type Named } from './find-repeated.ts';
import { type Finding, show } from './finding.ts';
import { defaultTag } from './mesh.ts';
import type { MeshFile } from './mesh-schema.ts';
import { didYouMean } from './nearest.ts';

/** Everything that is not right between the parts of a mesh file whose parts are right by themselves. */
export function checkMesh(file: MeshFile): Finding[] {
  return [
    ...checkRevision(file),
    ...checkGateways(file),
    ...checkGroups(file),
    ...checkProbe(file),
    ...checkConfig(file),
    ...checkFields(file),
    ...checkEnvironments(file),
    ...checkValues(file),
    ...checkSelectors(file),
  ];
}

function revisionOf(file: MeshFile): string {
  return file.istio.revision ?? defaultRevision(file.istio.version);
}

function checkRevision(file: MeshFile): Finding[] {
  if (file.istio.revision !== defaultTag) return [];
  const message = 'expected the name of a revision, got "default", which is a tag; leave it out to take the version';
  return [{ path: ['istio', 'revision'], message }];
}

function checkGateways({ gateways }: MeshFile): Finding[] {
  return [
    ...findRepeated(
      gateways.map(({ name }, index) => ({ name, path: ['gateways', index, 'name'] })),
      'a name for each gateway',
    ),
    ...gateways.flatMap(({ ports = [] }, gateway) => [
      ...findRepeated(
        ports.map(({ name }, index) => ({ name, path: ['gateways', gateway, 'ports', index, 'name'] })),
        'a name for each port',
      ),
      ...findRepeated(
        ports.map((port, index) => ({
          name: `${port.protocol} ${port.port}`,
          path: ['gateways', gateway, 'ports', index, 'port'],
        })),
        'each port once',
      ),
    ]),
  ];
}

function checkGroups(file: MeshFile): Finding[] {
  const { groups, gatewayApi } = file;
  const revision = revisionOf(file);
  const { root, controlPlane, gateways } = file.namespaces;
  const own = new Set([root, controlPlane, gateways, ...file.gateways.map(({ namespace }) => namespace)]);
  const tags: Named[] = [
    ...groups.map(({ tag }, index) => ({ name: tag, path: ['groups', index, 'tag'] })),
    ...(gatewayApi ? [{ name: gatewayApi.tag, path: ['gatewayApi', 'tag'] }] : []),
  ];
  const namespaces = groups.flatMap((group, index) =>
    group.namespaces.names.map((name, position) => ({
      name,
      path: ['groups', index, 'namespaces', 'names', position],
    })),
  );
  return [
    ...findRepeated(
      groups.map(({ name }, index) => ({ name, path: ['groups', index, 'name'] })),
      'a name for each group',
    ),
    ...findRepeated(tags, 'a tag for each group and one for the Gateway API, so that one moves after the other'),
    ...tags.flatMap(({ name, path }) => {
      if (name !== revision && name !== defaultTag) return [];
      const message = `expected a tag that is neither "${defaultTag}" nor the revision, got ${show(name)}; a tag outlives revisions: "prod"`;
      return [{ path, message }];
    }),
    ...findRepeated(namespaces, 'a namespace in one group only'),
    ...namespaces
      .filter(({ name }) => own.has(name))
      .map(({ name, path }) => ({
        path,
        message: `expected a namespace of applications, got ${show(name)}, which is the mesh's own`,
      })),
  ];
}

function checkConfig({ config, groups }: MeshFile): Finding[] {
  const known = groups.flatMap(({ namespaces }) => namespaces.names);
  return [
    ...findRepeated(
      config.map(({ path }, index) => ({ name: path, path: ['config', index, 'path'] })),
      'each directory once',
    ),
    ...config.flatMap(({ path }, index) => {
      if (!/^([a-z]:)?[/\\]/i.test(path)) return [];
      const message = `expected a path relative to the mesh file, got ${show(path)}; a bundle must not depend on the machine`;
      return [{ path: ['config', index, 'path'], message }];
    }),
    ...config.flatMap(({ owner, namespaces = [] }, index) => {
      if (owner === 'services') {
        return namespaces.flatMap((name, position) => {
          if (known.includes(name)) return [];
          const message = `expected a namespace of a group, got ${show(name)}; ${didYouMean(name, known)}`;
          return [{ path: ['config', index, 'namespaces', position], message }];
        });
      }
      if (namespaces.length === 0) return [];
      const message = `expected namespaces only where owner is "services", got them for "${owner}"; remove them`;
      return [{ path: ['config', index, 'namespaces'], message }];
    }),
  ];
}
