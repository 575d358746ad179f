import { describe, expect, test } from 'vitest';
import { isFailure, isForeignEntry, parseAccessLog } from '../../../src/rehearsal/access-log/parse-access-log.ts';

const fields = {
  start_time: '2026-11-29T10:03:21.250Z',
  method: 'GET',
  path: '/http1',
  protocol: 'HTTP/1.1',
  response_code: 503,
  response_flags: 'UF',
  response_code_details: 'upstream_reset_before_response_started{connection_failure}',
  request_id: '7f2a',
  authority: 'rehearsal.test',
  upstream_host: '10.244.0.12:8080',
};

const json = (some: object = {}) => JSON.stringify({ ...fields, ...some });

const text =
  '[2026-11-29T10:03:21.250Z] "GET /http1 HTTP/1.1" 503 UF upstream_reset_before_response_started{connection_failure} - "-" 0 91 12 - "10.0.0.1" "vegeta" "7f2a" "rehearsal.test" "10.244.0.12:8080" outbound|8080||front - 10.0.0.2:80 10.0.0.1:999 - -';

const expected = {
  at: Date.parse(fields.start_time),
  status: 503,
  flags: 'UF',
  details: fields.response_code_details,
  path: '/http1',
  authority: 'rehearsal.test',
  requestId: '7f2a',
};

test.each([
  ['JSON', json()],
  ['text', text],
])('an entry in the %s of Istio is read', (_format, line) => {
  expect(parseAccessLog(line)).toEqual({ ...expected, line });
});

test('a connection that carried no request has its flags alone', () => {
  const line = json({
    response_code: 0,
    response_flags: 'NR',
    response_code_details: 'filter_chain_not_found',
    path: null,
    authority: null,
    request_id: null,
  });
  const { at } = expected;
  expect(parseAccessLog(line)).toEqual({ at, status: 0, flags: 'NR', details: 'filter_chain_not_found', line });
});

test.each([
  ['an answer', json({ response_code: 200, response_flags: '-' }), false],
  ['an answer whose client went away', json({ response_code: 200, response_flags: 'DC' }), true],
  ['an error', json({ response_flags: '-' }), true],
  ['no answer', json({ response_code: 0, response_flags: '-' }), true],
])('%s is a failure: %s', (_what, line, failed) => {
  const entry = parseAccessLog(line);
  expect(entry && isFailure(entry)).toBe(failed);
});

describe('what is no entry', () => {
  test.each([
    ['a line of the agent', '2026-11-29T10:03:21.250Z\tinfo\tEnvoy proxy is ready', false],
    ['a line of the agent in JSON', '{"level":"info","time":"2026-11-29T10:03:21.250Z","msg":"ready"}', false],
    ['a JSON format of the mesh', '{"when":"2026-11-29","code":503}', true],
    ['a text format of the mesh', '[2026-11-29T10:03:21.250Z] 503 GET', true],
    ['half a line', '{"start_time":"2026-', true],
  ])('%s', (_what, line, foreign) => {
    expect(parseAccessLog(line)).toBeUndefined();
    expect(isForeignEntry(line)).toBe(foreign);
  });
});
