type Mapping = Record<string, string>;

/** The API server sets the first; the second are those of a bundle that was promoted. */
const ofOthers = /^(kubernetes\.io\/metadata\.name$|istio-delivery\/)/;

/** Annotations that decide what Istio's injector gives a pod, and which user it may run as. */
const decisive = /^([^/]+\.)?istio\.io\/|^openshift\.io\/sa\.scc\./;

/** The labels of an environment's namespace that its twin carries: Pod Security, discovery, injection, the team's own. */
export function copiedLabels(labels: Mapping, leaves: ReadonlySet<string>): Mapping {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !ofOthers.test(key) && !leaves.has(key)));
}

export function copiedAnnotations(annotations: Mapping): Mapping {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => decisive.test(key)));
}
