import type { JSONWebKeySet } from 'jose';
import type { KubernetesObject, ObjectId } from './objects.ts';

/** What proves that a cluster is the one that was meant. */
export interface ClusterIdentity {
  /** UID of the namespace kube-system. */
  uid: string;
  /** Address of the API server. */
  server: string;
  /** Version of the API server, as `v1.34.2`. */
  version: string;
}

export interface FieldConflict {
  /** Field manager that owns the field now. */
  owner: string;
  /** As the API server writes it: `.spec.replicas`. */
  field: string;
}

export interface ApplyOptions {
  fieldManager: string;
  /** Asks the API server for the result without storing it. */
  dryRun: boolean;
  /** Takes fields that others own. */
  force: boolean;
}

/** What came of a server-side apply, where the caller decides what it means. Everything else is thrown. */
export type ApplyResult =
  /** `warnings`: what the API server and its webhooks say of it all the same. */
  | { kind: 'applied'; object: KubernetesObject; warnings: string[] }
  | { kind: 'conflict'; conflicts: FieldConflict[] }
  /** The resourceVersion that was sent is no longer the live one. */
  | { kind: 'changed' }
  /** The object's namespace, or its type, does not exist. */
  | { kind: 'absent'; missing: 'namespace' | 'type' }
  /** Refused by the schema, an admission plugin or a webhook. */
  | { kind: 'invalid'; reason: string };

export type WatchEvent =
  | { kind: 'added' | 'modified' | 'deleted'; object: KubernetesObject }
  | { kind: 'bookmark'; resourceVersion: string };

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  /** Leaves out of every object all but its metadata. */
  metadataOnly?: boolean;
}

export interface ObjectList {
  resourceVersion: string;
  items: KubernetesObject[];
}

/** A type of object, whose objects a list or a watch is about. */
export interface ObjectType {
  apiVersion: string;
  kind: string;
}

/** One container of a pod. */
export interface PodContainer {
  namespace: string;
  pod: string;
  container: string;
}

/** Whether an account may do something; a question without a namespace is about all of them. */
export type AccessQuestion =
  | { verb: string; apiGroup: string; resource: string; subresource?: string; namespace?: string; name?: string }
  | { verb: string; path: string };

/** `unknown`: the API server could not find out. */
export type AccessAnswer = { kind: 'yes' | 'no' } | { kind: 'unknown'; reason: string };

/** One cluster's API server. Objects travel as raw JSON: nothing is dropped, nothing is defaulted. */
export interface Cluster {
  readonly name: string;
  identity(): Promise<ClusterIdentity>;
  /** Undefined when the object, its namespace or its type does not exist. */
  get(id: ObjectId): Promise<KubernetesObject | undefined>;
  list(type: ObjectType, options?: ListOptions): Promise<ObjectList>;
  /** Whether there can be objects of the type. */
  serves(type: ObjectType): Promise<boolean>;
  /** Whether this account may do something, by a SelfSubjectAccessReview. */
  mayI(question: AccessQuestion): Promise<AccessAnswer>;
  apply(object: KubernetesObject, options: ApplyOptions): Promise<ApplyResult>;
  /** Applies the status of an object that is there, with force; false when it is not. */
  applyStatus(object: KubernetesObject, options: { fieldManager: string }): Promise<boolean>;
  /**
   * A token of a ServiceAccount, as a kubelet mounts it; undefined when there is no such account. One for an `audience`
   * opens nothing but what takes that audience.
   */
  requestToken(
    account: { namespace: string; name: string },
    seconds: number,
    audience?: string,
  ): Promise<{ token: string; expires: Date } | undefined>;
  /** The public keys of the tokens of its ServiceAccounts: a JSON Web Key Set. */
  tokenKeys(): Promise<JSONWebKeySet>;
  /** `created: false` when an object of that name is there already. */
  create(object: KubernetesObject): Promise<{ created: true; object: KubernetesObject } | { created: false }>;
  /** Replaces the object; undefined when its resourceVersion is no longer the live one. */
  replace(object: KubernetesObject): Promise<KubernetesObject | undefined>;
  /** Deletes that very object (by UID); false when it is gone already. */
  delete(id: ObjectId, uid: string): Promise<boolean>;
  /**
   * Events after `resourceVersion`, until the signal is aborted or the API server ends the stream.
   * An expired resourceVersion is a DeliveryError with code `WatchExpired`.
   */
  watch(
    type: ObjectType,
    options: ListOptions & { resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent>;
  /**
   * What one container of a pod has printed and prints, line by line, until it ends or the signal is aborted.
   * A log that cannot be read (no such pod, not started yet) is a DeliveryError with code `LogUnavailable` (retryable).
   */
  log(container: PodContainer, signal: AbortSignal): AsyncIterable<string>;
}
