import type { Environment } from '../mesh/environment.ts';
import type { FieldOwner } from '../mesh/field-owner-schema.ts';
import type { HealthPolicy } from '../mesh/health-policy.ts';
import type { Gateway } from '../mesh/mesh.ts';
import type { ProbePolicy } from '../mesh/probe-policy.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** In the order in which they are applied. */
export const stages = ['namespaces', 'crds', 'base', 'revision', 'gateways', 'config', 'routing'] as const;

export type Stage = (typeof stages)[number];

/** Hex sha256 of each stage's file; a stage without objects is absent. */
export type StageDigests = Partial<Record<Stage, string>>;

/** What a bundle is about, and all that it decides beside its objects: `bundle.json`, and the digest of the whole. */
export interface BundleManifest {
  apiVersion: 'istio-delivery/v1';
  /** Name of the mesh. */
  mesh: string;
  istio: { version: string; revision: string };
  namespaces: { root: string; controlPlane: string };
  /** The mesh's own gateways. */
  gateways: Pick<Gateway, 'name' | 'namespace' | 'class' | 'ports'>[];
  /** Every image that the bundle's objects name, sorted. */
  images: string[];
  /** `sha256:<hex>` of `checksums.txt`, which has the sha256 of `bundle.json` and of every file of every cluster. */
  digest: string;
  /** By cluster, the digests of its files. */
  clusters: Record<string, StageDigests>;
  environments: Environment[];
  upgrade: UpgradePolicy;
  /** What a look at the mesh's health goes by. */
  health: HealthPolicy;
  /** Absent where the mesh file asks for none. */
  probe?: ProbePolicy;
  /** Fields of its objects that others write. Absent where the mesh file declares none. */
  fields?: FieldOwner[];
}

export interface StageObjects {
  stage: Stage;
  objects: KubernetesObject[];
}

/** All that one cluster gets, in order; a stage without objects is absent. */
export interface ClusterBundle {
  cluster: string;
  /** `sha256:<hex>` over the checksums of its files: equal where clusters get the same objects. */
  digest: string;
  stages: StageObjects[];
}

export interface Bundle {
  manifest: BundleManifest;
  /** By cluster name. */
  clusters: Record<string, ClusterBundle>;
  /**
   * Where the team's own objects stand, by their keys (`objectKey`): `config/services/shop.yaml:12`. Beside the digest;
   * absent where the bundle does not say it.
   */
  sources?: Record<string, string>;
}
