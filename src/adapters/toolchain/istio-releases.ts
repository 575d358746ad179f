import { z } from 'zod';
import { DeliveryError, messageOf } from '../../errors.ts';
import { fetchText } from './fetch-text.ts';
import type { ToolchainSettings } from './toolchain-settings.ts';

const releasesSchema = z.array(z.looseObject({ tag_name: z.string(), draft: z.boolean(), prerelease: z.boolean() }));

/** Pages of a hundred; Istio has some three hundred releases. */
const mostPages = 20;

/**
 * Versions of all published Istio releases, by GitHub's REST API. Istio publishes as draft and prerelease first and
 * its other tags carry a suffix: neither is a version to install.
 */
export async function fetchIstioVersions(
  settings: Pick<ToolchainSettings, 'apiUrl' | 'token'>,
  signal: AbortSignal,
): Promise<string[]> {
  const versions: string[] = [];
  let url: string | undefined = `${settings.apiUrl.replace(/\/+$/, '')}/repos/istio/istio/releases?per_page=100`;
  for (let page = 0; url !== undefined && page < mostPages; page += 1) {
    const { status, text, headers } = await fetchText(url, {
      headers: apiHeaders(settings),
      limit: 32_000_000,
      signal,
    });
    if (status !== 200) throw refused(url, status, settings.token);
    for (const release of parseReleases(url, text)) {
      if (!release.draft && !release.prerelease && /^\d+\.\d+\.\d+$/.test(release.tag_name))
        versions.push(release.tag_name);
    }
    url = nextPage(String(headers.link ?? ''));
  }
  return versions;
}

function apiHeaders({ token }: Pick<ToolchainSettings, 'token'>): Record<string, string> {
  const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
  return token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
}

function parseReleases(url: string, text: string): z.infer<typeof releasesSchema> {
  try {
    return releasesSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DeliveryError(
      `${url} does not answer with releases: ${messageOf(cause)}; check GITHUB_API_URL or give an exact version.`,
      {
        code: 'ReleasesUnreadable',
        cause,
      },
    );
  }
}

/** The next page, as the Link header names it: `<url>; rel="next"`. */
function nextPage(link: string): string | undefined {
  return /<([^>]+)>\s*;\s*rel="next"/.exec(link)?.[1];
}

function refused(url: string, status: number, token: string | undefined): DeliveryError {
  const limited = status === 403 || status === 429;
  const cure = limited && token === undefined ? 'give a token' : 'try again';
  return new DeliveryError(`${url} answered ${status}; ${cure}, or give an exact version, which asks nobody.`, {
    code: limited ? 'ReleasesRateLimited' : 'ReleasesUnreadable',
    retryable: limited || status >= 500,
  });
}
