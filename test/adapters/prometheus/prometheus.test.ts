import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prometheusMetrics } from '../../../src/adapters/prometheus/prometheus.ts';

let respond: (response: ServerResponse) => void;
let asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  respond(response);
});
let address: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
});

const answer = (data: unknown, status = 200) => {
  respond = (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(data));
  };
};
const success = (resultType: string, result: unknown) => answer({ status: 'success', data: { resultType, result } });
const vector = (...values: string[]) =>
  success(
    'vector',
    values.map((value) => ({ metric: {}, value: [0, value] })),
  );

const metrics = (url = address, signal = new AbortController().signal) =>
  prometheusMetrics({ url, cluster: { context: 'none' }, timeout: 300, signal });

describe('Prometheus', () => {
  test('is asked over its HTTP API, also below a path', async () => {
    vector('1');
    await metrics(`${address}/prometheus/`).query('sum(rate(errors{a="b"}[1m]))');
    expect(asked).toEqual(['GET /prometheus/api/v1/query?query=sum%28rate%28errors%7Ba%3D%22b%22%7D%5B1m%5D%29%29']);
  });

  test('answers with a vector, a scalar or nothing', async () => {
    vector('1', '2.5', 'NaN', '+Inf', '-Inf');
    expect(await metrics().query('q')).toEqual([1, 2.5, Number.NaN, Infinity, -Infinity]);
    success('scalar', [0, '7']);
    expect(await metrics().query('q')).toEqual([7]);
    vector();
    expect(await metrics().query('q')).toEqual([]);
  });

  test('that refuses a query says why', async () => {
    answer({ status: 'error', errorType: 'bad_data', error: 'parse error: unexpected end' }, 400);
    await expect(metrics().query('(')).rejects.toMatchObject({
      code: 'MetricsUnavailable',
      retryable: true,
      message: `Prometheus at ${address} does not answer: HTTP 400: parse error: unexpected end; see that it runs and can be reached`,
    });
  });

  test('that answers with a range of time has not answered', async () => {
    success('matrix', []);
    await expect(metrics().query('up[5m]')).rejects.toThrow('the answer is a matrix, not a scalar or a vector');
  });

  test('that is something else is no Prometheus', async () => {
    respond = (response) => response.end('<html>');
    await expect(metrics().query('q')).rejects.toThrow('HTTP 200: <html>');
  });

  test('that is silent is not waited for', async () => {
    respond = () => undefined;
    await expect(metrics().query('q')).rejects.toThrow('no answer within 0.3 s');
  });

  test('that breaks off has not answered', async () => {
    respond = (response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(metrics().query('q')).rejects.toMatchObject({ code: 'MetricsUnavailable' });
  });

  test('that is away is named', async () => {
    await expect(metrics('http://127.0.0.1:1').query('q')).rejects.toThrow(
      /Prometheus at http:\/\/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/,
    );
  });

  test('is not asked once the run is interrupted', async () => {
    const interrupted = new AbortController();
    interrupted.abort(new Error('stopped'));
    await expect(metrics(address, interrupted.signal).query('q')).rejects.toThrow('stopped');
    expect(asked).toEqual([]);
  });
});
