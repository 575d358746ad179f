import type { DeliveryError } from '../errors.ts';
import { checkMesh } from './check-mesh.ts';
import { completeMesh } from './complete-mesh.ts';
import type { Finding } from './finding.ts';
import { findingLines, invalidFile } from './finding-lines.ts';
import { isMapping } from './merge-deep.ts';
import type { Mesh } from './mesh.ts';
import { meshSchema } from './mesh-schema.ts';
import type { LineOf } from './positions.ts';
import { checkSchema } from './schema-findings.ts';
import { parseDocuments } from './yaml.ts';

/**
 * Reads a mesh file. Everything that is not right with it is in the one error that is thrown
 * (`InvalidMesh`, or `InvalidYaml`), a line each: file, line, path, what was expected, what stands there, the cure.
 */
export function parseMesh(text: string, file: string): Mesh {
  return readMesh(text, file).mesh;
}

/** A mesh file as it was read: what stands where. */
export interface MeshSource {
  file: string;
  value: unknown;
  lineOf: LineOf;
}

/** The same, with the file that the mesh was read from. */
export function readMesh(text: string, file: string): { mesh: Mesh; source: MeshSource } {
  const documents = parseDocuments(text, file, 'plain');
  const [document] = documents;
  if (document === undefined || documents.length > 1) {
    const got = documents.length === 0 ? 'an empty file' : `${documents.length} documents`;
    throw invalid(file, [`${file}:1: expected one mesh, got ${got}; write one mesh into one file`]);
  }
  const fail = (findings: readonly Finding[]) =>
    invalid(file, findingLines(findings, { file, lineOf: document.lineOf }));
  if (isIstioOperator(document.value)) throw fail([istioOperator]);
  const result = checkSchema(meshSchema, document.value);
  if (result.kind === 'invalid') throw fail(result.findings);
  const findings = checkMesh(result.value);
  if (findings.length > 0) throw fail(findings);
  return { mesh: completeMesh(result.value), source: { file, ...document } };
}

function invalid(file: string, lines: readonly string[]): DeliveryError {
  return invalidFile(file, lines, 'InvalidMesh');
}

/** Whether a document is what istioctl reads, and an operator in the cluster read up to Istio 1.23. */
function isIstioOperator(document: unknown): boolean {
  if (!isMapping(document)) return false;
  return document.kind === 'IstioOperator' || String(document.apiVersion).startsWith('install.istio.io/');
}

const istioOperator: Finding = {
  path: ['kind'],
  message:
    'expected a mesh file, got an IstioOperator, which no operator reads in a cluster since Istio 1.24; ' +
    'move its spec.values and spec.meshConfig to istio.values and its gateways to gateways',
};
