/** Which istiod serves a namespace, a pod or an object: a revision, or a revision tag. */
export const revisionLabel = 'istio.io/rev';

/** Istio's older label of a namespace, `enabled` or `disabled`; where it stands, that of the revision is not looked at. */
export const injectionLabel = 'istio-injection';

/** On Istio's objects that are a revision tag. */
export const tagLabel = 'istio.io/tag';

/** On every object of a bundle: the mesh that it belongs to. */
export const meshLabel = 'istio-delivery/mesh';
