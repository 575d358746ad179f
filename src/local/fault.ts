import { z } from 'zod';
import { DeliveryError } from '../errors.ts';
import { formatPath } from '../mesh/finding.ts';
import { checkSchema } from '../mesh/schema-findings.ts';

/** Milliseconds; nobody waits longer for anything here. */
const delay = z.int({ error: 'a whole number of milliseconds from 1 to 600000' }).min(1).max(600_000);
const name = z.string().min(1);

const webhook = {
  kind: z.literal('webhook'),
  /** Pattern over `namespace/name` of the webhook's Service: `istio-system/istiod-*`. */
  service: name.optional(),
  /** Istio revision that the Service leads to. */
  revision: name.optional(),
};

/** What kube-apiserver meets when it calls the webhooks behind a Service. */
const webhookFault = z.discriminatedUnion(
  'failure',
  [
    z.strictObject({ ...webhook, failure: z.literal('unreachable') }),
    z.strictObject({ ...webhook, failure: z.literal('nonsense') }),
    z.strictObject({ ...webhook, failure: z.literal('slow'), delay }),
  ],
  { error: 'one of "unreachable", "nonsense", "slow"' },
);

export const apiVerbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;

const api = {
  kind: z.literal('api'),
  /** Of Kubernetes; all of them where it is left out. */
  verbs: z.array(z.enum(apiVerbs)).min(1).optional(),
  /** Pattern over the plural name, with the subresource where there is one: `deployments`, `pods/*`. */
  resource: name.optional(),
  /** Pattern. */
  namespace: name.optional(),
  /** Pattern over the object's name. */
  name: name.optional(),
  /** How many requests it hits before it is over by itself. */
  first: z.int().min(1).optional(),
};

/** What becomes of requests to the API server, of those who come through the daemon's front. */
const apiFault = z.discriminatedUnion(
  'failure',
  [
    z.strictObject({ ...api, failure: z.literal('latency'), delay }),
    z.strictObject({
      ...api,
      failure: z.literal('status'),
      status: z.int({ error: 'an HTTP status from 400 to 599' }).min(400).max(599),
      /** Seconds, as the header Retry-After. */
      retryAfter: z.int().min(0).optional(),
    }),
    /** The connection ends before the request is carried out. */
    z.strictObject({ ...api, failure: z.literal('reset') }),
    /** The request is carried out, and its answer never comes. */
    z.strictObject({ ...api, failure: z.literal('lost-answer') }),
    /** Watches are cut off, those that are open too. */
    z.strictObject({ ...api, failure: z.literal('dropped-watch') }),
  ],
  { error: 'one of "latency", "status", "reset", "lost-answer", "dropped-watch"' },
);

/** The process behind the istiods of a revision. */
const istiodFault = z.strictObject({
  kind: z.literal('istiod'),
  revision: name,
  failure: z.enum(['down', 'crash-loop']),
});

/** Which pods: all that agree with everything that is given. */
const pods = {
  namespace: name.optional(),
  /** What the pod's name begins with, as the name of its workload. */
  name: name.optional(),
  /** Istio revision of the pod's proxy. */
  revision: name.optional(),
};

export const proxyTypes = ['clusters', 'endpoints', 'listeners', 'routes'] as const;

/** How the proxies of pods behave towards their control plane; those that are connected too. */
const proxyFault = z.strictObject({
  kind: z.literal('proxy'),
  ...pods,
  failure: z.enum(['never-connects', 'never-acknowledges', 'rejects']),
  /** The types of resources that are not acknowledged or are rejected; all where it is left out. */
  types: z.array(z.enum(proxyTypes)).min(1).optional(),
});

/** Pods that do not become ready; those that are ready already stay so, and istiods have faults of their own. */
const podFault = z.strictObject({
  kind: z.literal('pod'),
  ...pods,
  failure: z.enum(['never-ready', 'crash-loop', 'cannot-pull']),
});

/** A node whose kubelet says nothing any more. */
const nodeFault = z.strictObject({ kind: z.literal('node'), name, failure: z.literal('gone') });

const faultSchema = z.discriminatedUnion(
  'kind',
  [webhookFault, apiFault, istiodFault, proxyFault, podFault, nodeFault],
  { error: 'one of "webhook", "api", "istiod", "proxy", "pod", "node"' },
);

export type WebhookFault = z.output<typeof webhookFault>;
export type ApiFault = z.output<typeof apiFault>;
export type IstiodFault = z.output<typeof istiodFault>;
export type ProxyFault = z.output<typeof proxyFault>;
export type PodFault = z.output<typeof podFault>;
export type NodeFault = z.output<typeof nodeFault>;

/** Something that goes wrong in an embedded cluster because a test wants it to. */
export type Fault = z.output<typeof faultSchema>;

/** Checks the JSON of a set of faults; throws `FaultsInvalid` with everything that is not right with it. */
export function parseFaults(value: unknown): Fault[] {
  const result = checkSchema(z.array(faultSchema), value);
  if (result.kind === 'valid') return result.value;
  const reasons = result.findings.map(({ path, message }) => `${formatPath(['faults', ...path])}: ${message}`);
  throw new DeliveryError(`faults were not set: ${reasons.join('; ')}`, { code: 'FaultsInvalid', kind: 'usage' });
}
