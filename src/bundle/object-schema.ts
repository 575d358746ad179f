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

/** That a value is a text is for the API server to say, in a plan. */
const labels = z.record(z.string(), z.unknown());

/** An object in a document of ours: what names it has its form, and what else it has is its own. */
export const objectSchema = z.looseObject({
  apiVersion: text,
  kind: text,
  metadata: z.looseObject({
    name: text,
    namespace: text.exactOptional(),
    labels: labels.exactOptional(),
    annotations: labels.exactOptional(),
  }),
}) as unknown as z.ZodType<KubernetesObject>;

export const stageSchema: z.ZodType<Stage> = z.enum(stages);

/** A version of Istio and the name of its revision. */
export const istioSchema = z.strictObject({ version: text, revision: text });
