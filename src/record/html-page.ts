import { type Html, html, htmlLines, htmlSource } from '../text/html.ts';
import { reportStyle } from './html-style.ts';

/** One page that stands for itself: no script, and nothing that is loaded from elsewhere. */
export function htmlPage(title: string, parts: readonly Html[]): string {
  return htmlSource(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
${htmlLines(parts)}
</main>
</body>
</html>
`);
}
