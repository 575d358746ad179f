/** The oldest Node that runs what is built. */
export const oldestNode = 24;

/**
 * What stands in dist for one entry. An older Node must get as far as saying so: nothing newer is imported, or parsed,
 * before that. What keeps compiled code is a file of its own: it has to run before the bundle is compiled.
 */
export function entryStub(entry: string, argument: string): string {
  return `if (Number(process.versions.node.split('.')[0]) < ${oldestNode}) {
  process.stderr.write('error: istio-delivery needs Node ${oldestNode} or newer, and this is ' + process.version + '; install it, or put it first in PATH\\n');
  process.exit(2);
}
const { keepCompiledCode } = await import('./compile-cache.js');
keepCompiledCode(process.env);
const { ${entry} } = await import('./index.js');
process.exitCode = await ${entry}(${argument});
`;
}
