import { boundConfig } from './bound-config.ts';
import { danglingBefore } from './dangling.ts';
import { gatewayApiBounds, storedVersions } from './definitions.ts';
import { lostEnvoyPatches, unpinnedEnvoyFilters } from './envoy-filters.ts';
import type { Trouble } from './finding.ts';
import { gatewayApiTag, unprogrammedGateways } from './gateways.ts';
import { leftovers } from './leftovers.ts';
import { discoverySelectors, hiddenProxies } from './mesh-config.ts';
import type { MeshFacts } from './mesh-facts.ts';
import { injectionLabels, revisionLabels, unassigned } from './namespaces.ts';
import { autoscaledReplicas, foreignOwner } from './owners.ts';
import { pinnedTemplates } from './pinned-templates.ts';
import { forgotten, heldRevision } from './retirement.ts';
import { onDelete, paused, recreated, rolloutFloors, unready } from './rollouts.ts';
import { dataPlaneAhead, kubernetesRange, notesBetween, oneBuild, proxyFloor, versionRules } from './versions.ts';
import { webhookHealth } from './webhooks.ts';

/** Every check by its id, in the order in which reports list them. */
const table = {
  'version-rules': ['Istio may move from the old version to the new one', versionRules],
  'data-plane-ahead': ['No proxy is newer than the new control plane', dataPlaneAhead],
  'proxy-floor': ['No proxy is older than the new version supports', proxyFloor],
  'kubernetes-range': ['The new version supports the Kubernetes of the cluster', kubernetesRange],
  'gateway-api-bounds': ['Both versions read the installed Gateway API', gatewayApiBounds],
  'stored-versions': ['No object is stored in a version that the new CRDs lack', storedVersions],
  webhooks: ['The webhooks of the running revision answer', webhookHealth],
  'foreign-owner': ['Nobody else manages istiod and its webhooks', foreignOwner],
  leftovers: ['Nothing is left of an earlier attempt', leftovers],
  dangling: ["Nothing of Istio's points at nothing", danglingBefore],
  forgotten: ['Every object of the mesh is in a bundle', forgotten],
  retirement: ['No step of the upgrade leaves anything on the old revision', heldRevision],
  'hidden-proxies': ['Both revisions tell of all their proxies', hiddenProxies],
  'discovery-selectors': ['Both revisions see the same namespaces', discoverySelectors],
  'injection-label': ['No istio-injection label stands against the tag of its group', injectionLabels],
  'revision-label': ['Every namespace of a group carries its tag', revisionLabels],
  'unassigned-namespace': ['Every namespace of the mesh is in a group', unassigned],
  'gateway-api-tag': ['Gateways of the Gateway API have a tag of their own', gatewayApiTag],
  'gateway-unprogrammed': ['Every Gateway of the Gateway API is programmed before it moves', unprogrammedGateways],
  'workload-unready': ['Every workload is ready before it moves', unready],
  'rollout-floor': ['No rollout leaves fewer pods than its budget demands', rolloutFloors],
  recreate: ['No workload is taken down to be replaced', recreated],
  'on-delete': ['Every workload replaces its pods itself', onDelete],
  paused: ['No rollout is held back', paused],
  'pinned-template': ['No pod template pins the old revision', pinnedTemplates],
  'hpa-replicas': ['Nobody sets the replicas of what is autoscaled', autoscaledReplicas],
  'envoyfilter-unpinned': ['Every EnvoyFilter is for one version of Envoy', unpinnedEnvoyFilters],
  'envoyfilter-lost': ['No EnvoyFilter is for the old version of Envoy alone', lostEnvoyPatches],
  'config-revision': ['No live configuration is read by the source revision alone, or by nobody', boundConfig],
  'upgrade-notes': ['The notes on the new version are known', notesBetween],
  'one-build': ['The two revisions are different builds', oneBuild],
} as const satisfies Record<string, readonly [title: string, find: (facts: MeshFacts) => Trouble[]]>;

/** Id of a check of the mesh, or `waivers`: what is wrong with the waivers themselves. */
export type CheckId = keyof typeof table | 'waivers';

export interface Check {
  id: CheckId;
  title: string;
  find: (facts: MeshFacts) => Trouble[];
}

export const checks: readonly Check[] = Object.entries(table).map(([id, [title, find]]) => ({
  id: id as CheckId,
  title,
  find,
}));
