import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSample } from '../../src/probe/parse-sample.ts';

const rest = ',,,0,GET,http://shop.example/,';

describe('a line of vegeta', () => {
  test.each([
    ['an answer', `1795488300510713003,200,748345,0,0,"",${rest}`, undefined],
    ['an answer without quotes', `1795488300510713003,200,748345,0,0,,${rest}`, undefined],
    ['a redirect', `1795488300510713003,302,748345,0,0,,${rest}`, undefined],
    ['a refusal of the server', `1795488300510713003,503,748345,0,0,503 Service Unavailable,${rest}`, 'status 503'],
    ['a status below 200', `1795488300510713003,101,748345,0,0,,${rest}`, 'status 101'],
    [
      'no connection',
      `1795488300510713003,0,748345,0,0,"Get ""http://shop/"": dial tcp 0.0.0.0:0->10.96.3.4:80: connect: connection refused",${rest}`,
      'connect: connection refused',
    ],
    [
      'a reset, whatever port it was on',
      `1795488300510713003,0,748345,0,0,"Get ""http://shop/a,b"": read tcp 10.244.0.5:43210->10.96.3.4:80: read: connection reset by peer",${rest}`,
      'read: connection reset by peer',
    ],
    [
      'no connection, for an address with quotes in it',
      `1795488300510713003,0,748345,0,0,"Get ""http://shop/?a=\\""b"": dial tcp 10.96.3.4:80: connect: connection refused",${rest}`,
      'connect: connection refused',
    ],
    [
      'no name',
      `1795488300510713003,0,748345,0,0,"Get ""http://shop/"": dial tcp: lookup shop on 10.96.0.10:53: no such host",${rest}`,
      'lookup shop on 10.96.0.10:53: no such host',
    ],
    ['no answer and no reason', `1795488300510713003,0,748345,0,0,,${rest}`, 'no answer'],
    ['an answer that broke off', `1795488300510713003,200,748345,0,0,unexpected EOF,${rest}`, 'unexpected EOF'],
    ['nothing after the error', '1795488300510713003,0,748345,0,0,refused', 'refused'],
  ])('that tells of %s', (_what, line, failure) => {
    const sample = parseSample(line);
    expect(sample?.at).toBeCloseTo(1795488300510.713, 2);
    expect(sample?.latency).toBe(0.748345);
    expect(sample?.failure).toBe(failure);
  });

  test.each([
    '',
    '2026/11/24 02:45:05 bad URL: foo, parse "foo": invalid URI for request',
    'timestamp,code,latency,bytes out,bytes in,error',
    '1795488300510713003,200',
    '-1,200,5,0,0,,',
    'x1795488300510713003,200,748345,0,0,,',
  ])('is none: %j', (line) => {
    expect(parseSample(line)).toBeUndefined();
  });

  test('is read whatever stands in its error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((error) => !/[\n\r]/.test(error) && error.trim() !== ''),
        (error) => {
          const quoted = `"${error.replaceAll('"', '""')}"`;
          const sample = parseSample(`1795488300510713003,0,1000000,0,0,${quoted}${rest}`);
          expect(sample).toMatchObject({ latency: 1, failure: expect.any(String) });
        },
      ),
    );
  });

  describe('with the header of its answer', () => {
    const lineWith = (header: string, status = 200) =>
      `1795488300510713003,${status},1,0,0,,,,0,GET,"http://shop/?a,b",${Buffer.from(header).toString('base64')}`;
    const headersOf = (line: string) => Object.fromEntries(parseSample(line)?.answer?.headers ?? []);

    test('tells its fields by lower-case names, and leaves out what is of one moment or one connection', () => {
      const line = lineWith('X-Frame-Options: DENY\r\nVary: a\r\nVary: b\r\nDate: Sun\r\nConnection: close\r\n\r\n');
      expect(parseSample(line)?.answer?.status).toBe(200);
      expect(headersOf(line)).toEqual({ 'x-frame-options': 'DENY', vary: 'a, b' });
    });

    test.each([
      ['of a request that failed', lineWith('A: b\r\n\r\n', 503)],
      ['that was cut off', lineWith('A: b\r\nC: ')],
      ['that a client does not tell', '1795488300510713003,200,1,0,0,'],
      ['that is no base64', '1795488300510713003,200,1,0,0,,,,0,GET,http://shop/,?'],
    ])('tells nothing of one %s', (_what, line) => {
      expect(parseSample(line)).not.toHaveProperty('answer');
    });
  });

  test('and no other text makes it throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseSample(text)));
  });
});
