import { expect, test } from 'vitest';
import { findHash } from '../../../src/adapters/toolchain/published-hash.ts';

const hash = 'ab'.repeat(32);
const other = 'cd'.repeat(32);

test.each([
  { what: 'a hash alone', text: hash, found: hash },
  { what: 'a hash and a line end', text: `${hash}\n`, found: hash },
  { what: 'one space, as Istio writes it', text: `${hash} file.tar.gz\n`, found: hash },
  { what: 'two spaces', text: `${hash}  file.tar.gz\n`, found: hash },
  { what: 'the binary mark', text: `${hash} *file.tar.gz\n`, found: hash },
  { what: 'a path before the name', text: `${hash}  _dist/file.tar.gz\n`, found: hash },
  { what: 'upper case', text: `${hash.toUpperCase()}  file.tar.gz\r\n`, found: hash },
  { what: 'a list', text: `${other}  another.tar.gz\n${hash}  file.tar.gz\n`, found: hash },
  { what: 'a list without the file', text: `${other}  another.tar.gz\n`, found: undefined },
  { what: 'a longer hash', text: `${hash}ab\n`, found: undefined },
  { what: 'nothing', text: '', found: undefined },
])('reads $what', ({ text, found }) => {
  expect(findHash(text, 'file.tar.gz')).toBe(found);
});
