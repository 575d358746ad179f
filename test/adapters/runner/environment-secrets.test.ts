import { expect, test } from 'vitest';
import { environmentSecrets } from '../../../src/adapters/runner/environment-secrets.ts';

test.each([
  ['HTTPS_PROXY', 'http://user:hunter2hunter2@proxy.example:3128', 'hunter2hunter2'],
  ['http_proxy', 'user:hunter2hunter2@proxy.example:3128', 'hunter2hunter2'],
  ['ALL_PROXY', 'socks5h://user:p%40ss%2Fword@proxy.example', 'p@ss/word'],
  ['ALL_PROXY', 'socks5h://user:p%40ss%2Fword@proxy.example', 'p%40ss%2Fword'],
  ['HTTPS_PROXY', 'http://user:p@ss:word@proxy.example', 'p@ss:word'],
  ['HTTPS_PROXY', 'http://user:hunter2hunter2@proxy.example', 'user:hunter2hunter2'],
  ['HTTPS_PROXY', 'http://user:100%hunter@proxy.example', '100%hunter'],
  ['GOPROXY', 'https://one.example,https://user:hunter2hunter2@two.example,direct', 'hunter2hunter2'],
  ['ISTIO_DELIVERY_MIRROR', 'https://glpat-0123456789abcdef@mirror.example', 'glpat-0123456789abcdef'],
  ['GITHUB_TOKEN', 'ghs_0123456789', 'ghs_0123456789'],
  ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'eyJhbGciOi', 'eyJhbGciOi'],
])('finds the secret of %s=%s', (name, value, secret) => {
  expect(environmentSecrets({ [name]: value })).toContain(secret);
});

test.each([
  ['HTTPS_PROXY', 'http://proxy.example:3128'],
  ['NO_PROXY', 'localhost,127.0.0.1,.example'],
  ['GOPROXY', 'https://proxy.example/cached-only,direct'],
  ['MODULE', 'https://proxy.example/istio.io/istio@v0.1.2'],
  ['HTTPS_PROXY', 'http://jenkins@proxy.example:3128'],
  ['MAIL', 'somebody@mail.example'],
])('finds none in %s=%s', (name, value) => {
  expect(environmentSecrets({ [name]: value })).toEqual([]);
});
