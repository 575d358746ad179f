import { expect, test } from 'vitest';
import { pullFailure } from '../../src/cluster/pull-failure.ts';

test.each([
  ['Error response from daemon: manifest for localhost:5000/a/b:1 not found: manifest unknown: manifest unknown'],
  [
    'Error response from daemon: failed to resolve reference "localhost:5000/a/b:503": localhost:5000/a/b:503: not found',
  ],
  ['Error response from daemon: name unknown: repository name not known to registry'],
  [
    'InvalidImageName: Failed to apply default image tag "a/B:1": couldn\'t parse image name "a/B:1": invalid reference format',
  ],
])('%s: there is none', (said) => {
  expect(pullFailure(said)).toBe('missing');
});

test.each([
  [
    'Error response from daemon: Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 10.0.0.2:53: no such host',
  ],
  ['Get "http://localhost:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused'],
  ['Get "https://a.example/v2/": net/http: TLS handshake timeout'],
  ['received unexpected HTTP status: 503 Service Unavailable'],
  ['toomanyrequests: You have reached your pull rate limit'],
  ['no matching manifest for linux/arm64/v8 in the manifest list entries: not found'],
  [''],
])('%s: nobody has said that there is none', (said) => {
  expect(pullFailure(said)).toBe('unreachable');
});

test.each([
  ['pull access denied for a/b, repository does not exist or may require docker login'],
  ['Head "https://a.example/v2/b/manifests/1": unauthorized: authentication required'],
  ['unexpected status from HEAD request to https://a.example/v2/b/manifests/1: 401 Unauthorized'],
])('%s: this machine is not told', (said) => {
  expect(pullFailure(said)).toBe('refused');
});
