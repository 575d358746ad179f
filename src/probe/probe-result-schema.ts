import { z } from 'zod';
import { type ShapeOf, timeSchema } from '../mesh/read-document.ts';
import type {
  AnswerChange,
  CheckAnswer,
  FailedRequests,
  FailureWitness,
  MetricAnswer,
  ProbePhase,
  ProbeResult,
  ProbeSecond,
  TargetMeasurement,
  TargetThresholds,
} from '../ports/probe-result.ts';

const text = z.string();
const count = z.int().nonnegative();
const amount = z.number().nonnegative();
const result = z.enum(['pass', 'fail', 'inconclusive']);

const phaseSchema: z.ZodType<ProbePhase> = z.strictObject({
  name: text,
  from: timeSchema,
  to: timeSchema,
  targets: z.array(
    z.strictObject({
      target: text,
      requests: count,
      failed: count,
      resets: count,
      throughput: amount,
      p50: amount,
      p90: amount,
      p99: amount,
      max: amount,
    } satisfies ShapeOf<TargetMeasurement>),
  ),
} satisfies ShapeOf<ProbePhase>);

const secondSchema: z.ZodType<ProbeSecond> = z.strictObject({
  // The latest that a Date can be.
  at: amount.max(8.64e15, { error: 'milliseconds since 1970' }),
  requests: count,
  failed: count,
  p50: amount,
  p99: amount,
  max: amount,
} satisfies ShapeOf<ProbeSecond>);

const witnessSchema: z.ZodType<FailureWitness> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('proxy'),
    proxy: text,
    role: z.enum(['gateway', 'sidecar']),
    status: count,
    flags: text,
    details: text,
  }),
  z.strictObject({ kind: z.literal('nobody') }),
  z.strictObject({ kind: z.literal('unread') }),
]);

export const probeResultSchema: z.ZodType<ProbeResult> = z.strictObject({
  verdict: z.strictObject({ result, reasons: z.array(text) }),
  thresholds: z.array(
    z.strictObject({
      target: text,
      success: amount,
      p99: amount.exactOptional(),
      slowdown: amount.exactOptional(),
      medianSlowdown: amount.exactOptional(),
      noise: amount.exactOptional(),
      mayLose: z.array(text).exactOptional(),
      minimum: count,
    } satisfies ShapeOf<TargetThresholds>),
  ),
  phases: z.array(phaseSchema),
  seconds: z.record(text, z.array(secondSchema)),
  failures: z.array(
    z.strictObject({
      target: text,
      at: timeSchema,
      reason: text,
      count,
      said: witnessSchema.exactOptional(),
    } satisfies ShapeOf<FailedRequests>),
  ),
  answers: z.array(
    z.strictObject({
      target: text,
      phase: text,
      what: text,
      kind: z.enum(['lost', 'changed', 'new']),
      before: text.exactOptional(),
      now: text.exactOptional(),
      answers: count,
      first: timeSchema,
    } satisfies ShapeOf<AnswerChange>),
  ),
  metrics: z.array(
    z.strictObject({
      name: text,
      phase: text,
      value: z.number().exactOptional(),
      result,
      reason: text.exactOptional(),
    } satisfies ShapeOf<MetricAnswer>),
  ),
  checks: z.array(
    z.strictObject({
      name: text,
      phase: text,
      result,
      facts: text,
      unseen: z.literal(true).exactOptional(),
    } satisfies ShapeOf<CheckAnswer>),
  ),
} satisfies ShapeOf<ProbeResult>);
