if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write('error: istio-delivery needs Node 24 or newer, and this is ' + process.version + '; install it, or put it first in PATH\n');
  process.exit(2);
}
const { keepCompiledCode } = await import('./compile-cache.js');
keepCompiledCode(process.env);
const { runAction } = await import('./index.js');
process.exitCode = await runAction('repair');
