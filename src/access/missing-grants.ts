import pMap from 'p-map';
import { DeliveryError } from '../errors.ts';
import type { AccessQuestion, Cluster, ObjectType } from '../ports/cluster.ts';
import type { AccessCondition, Verb } from './access-rule.ts';
import { type Grant, isPathGrant, type ResourceGrant } from './grant.ts';

/** Questions to one API server at a time. */
const questionsAtOnce = 16;

/** Types whose absence makes a right needless. */
const optionalTypes: Partial<Record<AccessCondition, ObjectType>> = {
  'Gateway API': { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' },
  'Argo Rollouts': { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' },
};

/**
 * What an account may not do of `grants`, asked by SelfSubjectAccessReviews: one for an administrator, otherwise one for
 * each verb and type, and more for several namespaces and names where there is no right that covers them all. Throws
 * `AccessUnknown` (refused) where the API server cannot say.
 */
export async function missingGrants(cluster: Cluster, grants: readonly Grant[]): Promise<Grant[]> {
  const may = asking(cluster);
  if (await may({ verb: '*', apiGroup: '*', resource: '*' })) {
    return filterGrants(grants, (grant) => (isPathGrant(grant) ? mayGet(grant.path) : Promise.resolve(true)));
  }
  const unserved = await unservedConditions(cluster, grants);
  const wanted = grants.filter((grant) => isPathGrant(grant) || grant.when === undefined || !unserved.has(grant.when));
  const manyNamespaces = inManyNamespaces(wanted);
  return filterGrants(wanted, (grant, verb) => (isPathGrant(grant) ? mayGet(grant.path) : mayDo(grant, verb)));

  function mayGet(path: string): Promise<boolean> {
    return may({ verb: 'get', path });
  }

  async function mayDo(grant: ResourceGrant, verb: Verb): Promise<boolean> {
    const { names, namespace } = grant;
    const question = questionOf(grant, verb);
    const isMany = manyNamespaces.has(JSON.stringify(question));
    if (isMany && namespace !== undefined && (await may(question))) return true;
    const there = namespace === undefined ? question : { ...question, namespace };
    // A right without names is one for each name, as one in all namespaces is one in each.
    if ((names === undefined || names.length >= worthAsking) && (await may(there))) return true;
    if (names === undefined) return false;
    const answers = await Promise.all(names.map((name) => may({ ...there, name })));
    return answers.every(Boolean);
  }
}

/** Namespaces, or names, from which on it pays to ask first whether one right covers them all. */
const worthAsking = 3;

/** Questions that are asked of so many namespaces that all of them are asked about first. */
function inManyNamespaces(grants: readonly Grant[]): Set<string> {
  const namespaces = new Map<string, Set<string>>();
  for (const grant of grants) {
    if (isPathGrant(grant) || grant.namespace === undefined) continue;
    for (const verb of grant.verbs) {
      const key = JSON.stringify(questionOf(grant, verb));
      namespaces.set(key, (namespaces.get(key) ?? new Set()).add(grant.namespace));
    }
  }
  return new Set([...namespaces].filter(([, those]) => those.size >= worthAsking).map(([key]) => key));
}

function questionOf({ apiGroup, resource: path }: ResourceGrant, verb: Verb) {
  const [resource = '', subresource] = path.split('/');
  return { verb, apiGroup, resource, ...(subresource === undefined ? {} : { subresource }) };
}

/** Each question once. */
function asking(cluster: Cluster): (question: AccessQuestion) => Promise<boolean> {
  const asked = new Map<string, Promise<boolean>>();
  return (question) => {
    const key = JSON.stringify(question);
    const answer = asked.get(key) ?? ask(cluster, question);
    asked.set(key, answer);
    return answer;
  };
}

async function ask(cluster: Cluster, question: AccessQuestion): Promise<boolean> {
  const answer = await cluster.mayI(question).catch((error: unknown) => {
    if (error instanceof DeliveryError && error.code === 'Forbidden') throw cannotAsk(cluster, error);
    throw error;
  });
  switch (answer.kind) {
    case 'yes':
      return true;
    case 'no':
      return false;
    case 'unknown':
      throw new DeliveryError(
        `cluster ${cluster.name} does not know what this account may do: ${answer.reason}; nothing was written. Repair the authorizer of the API server, and run it again`,
        { code: 'AccessUnknown', kind: 'refused', retryable: true },
      );
  }
}

function cannotAsk(cluster: Cluster, error: DeliveryError): DeliveryError {
  return new DeliveryError(
    `this account may not ask cluster ${cluster.name} what it may do, and nothing was written: ${error.message}. Bind ClusterRole system:basic-user to it, as Kubernetes does for every authenticated account`,
    { code: 'AccessUnknown', kind: 'refused', cause: error },
  );
}

/** The conditions of grants whose types the cluster does not serve. */
async function unservedConditions(cluster: Cluster, grants: readonly Grant[]): Promise<Set<AccessCondition>> {
  const conditions = new Set(grants.flatMap((grant) => (isPathGrant(grant) ? [] : (grant.when ?? []))));
  const unserved = new Set<AccessCondition>();
  for (const condition of conditions) {
    const type = optionalTypes[condition];
    if (type && !(await cluster.serves(type))) unserved.add(condition);
  }
  return unserved;
}

/** Of each grant the verbs that an account may not use; nothing of one that has none. */
async function filterGrants(
  grants: readonly Grant[],
  may: (grant: Grant, verb: Verb) => Promise<boolean>,
): Promise<Grant[]> {
  const pairs = grants.flatMap((grant) => grant.verbs.map((verb) => ({ grant, verb })));
  const answers = await pMap(pairs, async ({ grant, verb }) => ({ grant, verb, ok: await may(grant, verb) }), {
    concurrency: questionsAtOnce,
  });
  return grants.flatMap((grant): Grant[] => {
    const verbs = answers.flatMap((answer) => (answer.grant === grant && !answer.ok ? [answer.verb] : []));
    return verbs.length === 0 ? [] : [{ ...grant, verbs }];
  });
}
