import { blankLine, codeSpan, type Markdown, markdown, markdownLines, markdownTable } from '../text/markdown.ts';
import { textTable } from '../text/text-table.ts';
import { type Bundle, type ClusterBundle, type Stage, stages } from './bundle.ts';

const headings = ['environment', 'cluster', ...stages, 'objects', 'digest'];

/** What was rendered, for a terminal, a line each: how many objects each cluster gets in each stage. */
export function renderText(bundle: Bundle, path: string): string[] {
  const { digest, istio, mesh } = bundle.manifest;
  return [
    `Mesh ${mesh}, Istio ${istio.version}, revision ${istio.revision}`,
    '',
    ...textTable(headings, tableRows(bundle)),
    '',
    `Bundle ${path}`,
    `Digest ${digest}`,
  ];
}

/** The same for a step summary. */
export function renderMarkdown(bundle: Bundle): Markdown {
  const { digest, images, istio, mesh } = bundle.manifest;
  return markdownLines([
    markdown`### Bundle of mesh ${mesh}: Istio ${istio.version}, revision ${istio.revision}`,
    blankLine,
    ...markdownTable({ headings, rows: tableRows(bundle) }),
    markdown`Digest ${codeSpan(digest)}`,
    blankLine,
    markdown`Images:`,
    blankLine,
    ...images.map((image) => markdown`- ${codeSpan(image)}`),
    blankLine,
  ]);
}

function tableRows({ clusters, manifest }: Bundle): string[][] {
  return manifest.environments.flatMap((environment) =>
    environment.clusters.flatMap(({ name }) => {
      const cluster = clusters[name];
      if (cluster === undefined) return [];
      const counts = stages.map((stage) => objectCount(cluster, stage));
      const total = counts.reduce((sum, count) => sum + count, 0);
      return [[environment.name, name, ...counts.map(String), String(total), shortDigest(cluster.digest)]];
    }),
  );
}

function objectCount({ stages: held }: ClusterBundle, stage: Stage): number {
  return held.find((each) => each.stage === stage)?.objects.length ?? 0;
}

function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}
