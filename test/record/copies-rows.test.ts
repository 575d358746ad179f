import { describe, expect, test } from 'vitest';
import { rehearsalReport } from '../../src/record/rehearsal-report.ts';
import { rehearsalMarkdown, rehearsalText } from '../../src/record/rehearsal-summary.ts';
import { markdownSource } from '../../src/text/markdown.ts';
import { rehearsalRecord } from '../support/rehearsal.ts';

const record = rehearsalRecord({
  namespaces: [
    { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'baseline', team: 'a' }, from: 'environment' },
    { name: 'legacy', labels: {}, from: 'mesh file' },
  ],
  standIns: [{ namespace: 'gw', name: 'tls', hosts: ['shop.example'], for: ['Gateway shop/a', 'Gateway shop/b'] }],
  notReproduced: [{ what: 'NetworkPolicies', why: 'the environment has 2 in <b>shop</b>' }],
});

describe('what a rehearsal does not reproduce', () => {
  test('is in the text, the summary and the report, as text', () => {
    expect(rehearsalText(record)).toContain('  not reproduced: NetworkPolicies: the environment has 2 in <b>shop</b>');
    const summary = markdownSource(rehearsalMarkdown(record));
    expect(summary).toContain('- NetworkPolicies: the environment has 2 in &lt;b&gt;shop&lt;/b&gt;');
    const report = rehearsalReport(record);
    expect(report).toContain('<h3>Not reproduced</h3>');
    expect(report).toContain('the environment has 2 in &lt;b&gt;shop&lt;/b&gt;');
  });

  test('is not mentioned where there is nothing', () => {
    expect(markdownSource(rehearsalMarkdown(rehearsalRecord()))).not.toMatch(/Not reproduced|stand-ins/);
    expect(rehearsalReport(rehearsalRecord())).not.toMatch(/Not reproduced|stand-ins/);
  });
});

test('the namespaces and stand-ins of a rehearsal are in the summary and the report, with where they are from', () => {
  for (const text of [markdownSource(rehearsalMarkdown(record)), rehearsalReport(record)]) {
    expect(text).toMatch(/Namespace shop.*pod-security\.kubernetes\.io\/enforce=baseline, team=a.*environment/s);
    expect(text).toMatch(/Namespace legacy.*no label of its own.*mesh file/s);
    expect(text).toMatch(
      /Secret gw\/tls.*a self-signed certificate for shop\.example.*Gateway shop\/a, Gateway shop\/b/s,
    );
  }
});
