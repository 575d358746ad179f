import { expect, test } from 'vitest';
import { fullImageName, mirroredImage } from '../../src/local/image-name.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['busybox', 'docker.io/library/busybox:latest', 'm.example/library/busybox:latest'],
  ['busybox:1.37', 'docker.io/library/busybox:1.37', 'm.example/library/busybox:1.37'],
  ['istio/pilot:1.31.0', 'docker.io/istio/pilot:1.31.0', 'm.example/istio/pilot:1.31.0'],
  ['docker.io/istio/pilot:1.31.0', 'docker.io/istio/pilot:1.31.0', 'm.example/istio/pilot:1.31.0'],
  ['index.docker.io/istio/pilot:1', 'docker.io/istio/pilot:1', 'm.example/istio/pilot:1'],
  ['localhost:5001/team/app:2', 'localhost:5001/team/app:2', 'm.example/team/app:2'],
  ['localhost/app', 'localhost/app:latest', 'm.example/app:latest'],
  ['registry.example:5000/a/b/c', 'registry.example:5000/a/b/c:latest', 'm.example/a/b/c:latest'],
  [`gcr.io/x/y@${digest}`, `gcr.io/x/y@${digest}`, `m.example/x/y@${digest}`],
  [`x/y:1@${digest}`, `docker.io/x/y:1@${digest}`, `m.example/x/y:1@${digest}`],
])('%s is %s, and %s on a mirror', (image, full, mirrored) => {
  expect(fullImageName(image)).toBe(full);
  expect(mirroredImage(image, 'm.example/')).toBe(mirrored);
});
