/** Which istiod serves a namespace, a pod or an object: a revision, or a revision tag. */
export const revisionLabel = 'istio.io/rev';

/** On Istio's objects that are a revision tag. */
export const tagLabel = 'istio.io/tag';

/** On every object of a bundle: the mesh that it belongs to. */
export const meshLabel = 'istio-delivery/mesh';
