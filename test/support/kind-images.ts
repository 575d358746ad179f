import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker } from './kind.ts';
import { runProcess } from './run-process.ts';

/** An image with one file in it, made of nothing: no registry is needed for it, and nothing in it runs. */
export async function emptyImage(name: string, folder: string): Promise<void> {
  const content = mkdtempSync(join(folder, 'image-'));
  writeFileSync(join(content, 'name'), name);
  const archive = join(content, '..', `${name.replaceAll(/\W/g, '-')}.tar`);
  await runProcess(['--create', '--file', archive, '--directory', content, 'name'], { program: 'tar' });
  await docker('import', '--change', 'CMD ["/nothing"]', archive, name);
}

/**
 * An image of a registry: E2E_REGISTRY_IMAGE, or one that is built of the reference implementation with Go, for machines
 * that reach a module proxy and no registry.
 */
export async function registryImage(folder: string): Promise<string> {
  const given = process.env.E2E_REGISTRY_IMAGE;
  if (given !== undefined) return given;
  const image = 'istio-delivery-e2e/registry:3';
  const content = mkdtempSync(join(folder, 'registry-'));
  const built = await runProcess(
    ['install', '-trimpath', 'github.com/distribution/distribution/v3/cmd/registry@v3.1.2'],
    {
      program: 'go',
      env: { ...goEnvironment(), CGO_ENABLED: '0', GOBIN: content },
    },
  );
  if (built.code !== 0) throw new Error(`registry was not built: ${built.stderr}`);
  const configuration = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: '/data' } },
    http: { addr: ':5000' },
  };
  writeFileSync(join(content, 'config.yml'), JSON.stringify(configuration));
  const archive = join(folder, 'registry.tar');
  await runProcess(['--create', '--file', archive, '--directory', content, 'registry', 'config.yml'], {
    program: 'tar',
  });
  await docker('import', '--change', 'CMD ["/registry", "serve", "/config.yml"]', archive, image);
  return image;
}

function goEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && /^GO[A-Z]/.test(name) ? [[name, value]] : [],
    ),
  );
}
