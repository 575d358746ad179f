import { html } from '../text/html.ts';

/** The look of a report: light and dark by the reader's choice, one column, nothing loaded from anywhere. */
export const reportStyle = html`
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1c2128; --faint: #59636e; --line: #d1d9e0; --panel: #f6f8fa;
  --old: #b08968; --new: #2f6fdb; --other: #8a93a0; --grid: #d1d9e0;
  --good: #1a7f37; --bad: #c62828; --open: #9a6700;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f141a; --text: #e6edf3; --faint: #9aa5b1; --line: #313a45; --panel: #171d25;
    --old: #a9845f; --new: #5b95f5; --other: #768390; --grid: #2b333d;
    --good: #4ac26b; --bad: #ff7b72; --open: #d4a72c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 40px 0 4px; padding-top: 16px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 24px 0 8px; }
p { margin: 4px 0 12px; overflow-wrap: anywhere; }
.faint { color: var(--faint); }
.result { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
.reasons { list-style: none; margin: 8px 0 16px; padding: 8px 12px; border-left: 4px solid; background: var(--panel); }
.reasons li { overflow-wrap: anywhere; }
.good-edge { border-color: var(--good); } .bad-edge { border-color: var(--bad); } .open-edge { border-color: var(--open); }
.failure { border-left: 4px solid var(--bad); background: var(--panel); padding: 8px 12px; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 16px; margin: 12px 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; margin: 8px 0 16px; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px; border-bottom: 1px solid var(--line); }
td { min-width: 12em; max-width: 28em; overflow-wrap: anywhere; }
td.short { min-width: 0; white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
th { background: var(--panel); font-weight: 600; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
td.number { min-width: 0; }
.targets th[scope="row"] { background: none; font-weight: 400; color: var(--faint); border-bottom: 1px solid var(--line); }
.targets th[scope="rowgroup"] { color: var(--text); }
.targets tbody:not(:last-child) tr:last-child > * { border-bottom: 1px solid var(--line); }
.targets tbody:last-child tr:last-child > * { border-bottom: 0; }
figure { margin: 16px 0; }
figcaption { color: var(--faint); font-size: 0.9rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--faint); font: 12px system-ui, sans-serif; }
svg .step { fill: var(--panel); stroke: var(--line); }
svg .step-failed { fill: var(--bad); stroke: var(--bad); }
svg .step-failed + text { fill: var(--page); font-weight: 600; }
svg .mark { stroke: var(--text); stroke-opacity: 0.25; stroke-dasharray: 2 3; }
svg .grid { stroke: var(--grid); }
svg .shade { fill: var(--panel); }
svg .curve { fill: none; stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
svg .latency-p50 { stroke: var(--old); }
svg .latency-p99 { stroke: var(--new); }
svg .latency-max { stroke: var(--other); stroke-width: 1; stroke-opacity: 0.8; }
svg .latency-between { fill: var(--new); fill-opacity: 0.12; }
svg .worst { fill: var(--text); }
svg text.value { fill: var(--text); font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 3px; }
svg .silent { fill: var(--open); fill-opacity: 0.35; shape-rendering: crispEdges; }
svg .failed { fill: var(--bad); }
svg text.failed-count { fill: var(--bad); font-weight: 600; }
svg text.none-failed { fill: var(--good); }
.swatch.latency-p50 { background: var(--old); } .swatch.latency-p99 { background: var(--new); } .swatch.latency-max { background: var(--other); }
.revision-old { fill: var(--old); background: var(--old); }
.revision-new { fill: var(--new); background: var(--new); }
.revision-other { fill: var(--other); background: var(--other); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; margin: 8px 0; font-size: 0.9rem; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
.narrow { display: none; }
.narrow svg { max-width: 520px; }
@media (max-width: 760px) { .wide { display: none; } .narrow { display: block; } }
@media (max-width: 640px) {
  .targets { font-size: 0.8rem; } .targets th, .targets td { padding: 4px 6px; }
  .targets .faint { display: block; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 8px; }
}
@media print { main { max-width: none; } .scroll { overflow: visible; } }
`;
