import { expect, test } from 'vitest';
import { parsePortMapping } from '../../src/local/port-mapping.ts';

test.each([
  ['8080:30080', { hostPort: 8080, nodePort: 30080, protocol: 'TCP' }],
  ['5353:30053/udp', { hostPort: 5353, nodePort: 30053, protocol: 'UDP' }],
  ['80:1/TCP', { hostPort: 80, nodePort: 1, protocol: 'TCP' }],
])('%s is read', (text, mapping) => {
  expect(parsePortMapping(text)).toEqual(mapping);
});

test.each(['8080', '8080:', '0:30080', '8080:70000', '8080:30080/sctp', 'a:b', '127.0.0.1:80:80'])(
  '%s is refused',
  (text) => {
    expect(() => parsePortMapping(text)).toThrow(/cannot be read: give <port of this machine>:<port of the node>/);
  },
);
