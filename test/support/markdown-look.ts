import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

/** What a reader of a page of GitHub's would see of a Markdown text. */
export interface MarkdownLook {
  /** How many nodes there are of each type but text. */
  nodes: Record<string, number>;
  /** Cells of each row of each table. */
  tables: number[][];
  /** All text, code and titles. */
  text: string;
  /** HTML that is none of ours, and text that GitHub makes more of. */
  suspicious: string[];
}

/** The elements that our Markdown has: folded lines, and a sign that stands for itself. */
const ownHtml = /^(?:<\/?span>|<\/details>|<details(?: open)?><summary>(?:[^<]|<span>[^<]<\/span>)*<\/summary>)$/;

/** Mentions, references, emoji and formulas, which GitHub finds in the text of the page. */
const ofGithub = /@[\w-]|#\d|\bgh-\d|:(?!\d\d:)[\w+-]+:|\$|https?:\/\/|\bwww\.\w/i;

export function lookAtMarkdown(source: string): MarkdownLook {
  const look: MarkdownLook = { nodes: {}, tables: [], text: '', suspicious: [] };
  visit(fromMarkdown(source, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }), look);
  return look;
}

function visit(node: Nodes, look: MarkdownLook): void {
  const isSign = node.type === 'html' && /^<\/?span>$/.test(node.value);
  if (node.type !== 'text' && !isSign) look.nodes[node.type] = (look.nodes[node.type] ?? 0) + 1;
  if (node.type === 'html') {
    if (!ownHtml.test(node.value)) look.suspicious.push(node.value);
    for (const piece of node.value.split(/<[^>]*>/).map(decoded)) addText(piece, look);
  } else if (node.type === 'text') addText(node.value, look);
  else if (node.type === 'code' || node.type === 'inlineCode') look.text += node.value;
  else if (node.type === 'table') look.tables.push(node.children.map(({ children }) => children.length));
  if ('children' in node) for (const child of node.children) visit(child, look);
  if (node.type !== 'html' && node.type !== 'text') look.text += '\n';
}

function addText(text: string, look: MarkdownLook): void {
  if (text.length > 1 && ofGithub.test(text)) look.suspicious.push(text);
  look.text += text;
}

function decoded(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
