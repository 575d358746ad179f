import { describe, expect, test } from 'vitest';
import { readIstioctlLog } from '../../../src/adapters/istioctl/istioctl-log.ts';

const at = '2026-11-29T00:51:07.431607Z';
const deprecated = [
  `${at}\twarn\twarnings occurred during mesh validation: 1 error occurred:`,
  "\t* 'ISTIO_META_DNS_AUTO_ALLOCATE' is deprecated; review https://istio.io/dns",
  '',
  '',
].join('\n');

describe('the log of istioctl', () => {
  test('is its warnings, each once and in one line', () => {
    const later = deprecated.replace('07.431607', '08.1');
    expect(readIstioctlLog(`${deprecated}\n${later}`)).toEqual({
      warnings: [
        "warnings occurred during mesh validation: 'ISTIO_META_DNS_AUTO_ALLOCATE' is deprecated; review https://istio.io/dns",
      ],
      rest: '',
    });
  });

  test('is told from what it says to a person', () => {
    const text = `${at}\tinfo\tklog\tstarting\n${deprecated}Error: generate: no such profile\n\nsee help\n`;
    expect(readIstioctlLog(text).rest).toBe('Error: generate: no such profile\n\nsee help');
  });

  test.each<[string, string[]]>([
    [`${at}\terror\tinstaller\tno such chart`, ['installer: no such chart']],
    [`${at}\tinfo\tstarting\n${at}\tdebug\tadsc\tconnected`, []],
    ['❗ values.pilot.tag is deprecated', ['values.pilot.tag is deprecated']],
    ['Error: it failed', []],
    ['', []],
  ])('%j', (text, warnings) => {
    expect(readIstioctlLog(text).warnings).toEqual(warnings);
  });
});
