import { z } from 'zod';
import type { ShapeOf } from '../mesh/read-document.ts';
import type { KubernetesObject, ObjectId } from '../ports/objects.ts';
import { type Stage, stages } from './bundle.ts';

const text = z.string().min(1);

/** Names an object in a document of ours. */
export const objectIdSchema: z.ZodType<ObjectId> = z.strictObject({
  apiVersion: text,
  kind: text,
  namespace: text.exactOptional(),
  name: text,
} satisfies ShapeOf<ObjectId>);

const labels = z.record(z.string(), z.string());

/** An object in a document of ours: what is asked of every object has its form, and what else it has is its own. */
export const objectSchema: z.ZodType<KubernetesObject> = z.looseObject({
  apiVersion: text,
  kind: text,
  metadata: z.looseObject({
    name: text,
    namespace: text.exactOptional(),
    uid: z.string().exactOptional(),
    resourceVersion: z.string().exactOptional(),
    labels: labels.exactOptional(),
    annotations: labels.exactOptional(),
    finalizers: z.array(z.string()).exactOptional(),
  }),
});

export const stageSchema: z.ZodType<Stage> = z.enum(stages);

/** A version of Istio and the name of its revision. */
export const istioSchema = z.strictObject({ version: text, revision: text });
