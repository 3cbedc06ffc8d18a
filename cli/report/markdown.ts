/** A report as Markdown (GitHub's, for its tables), with links to its pictures. */
import { textOf, type Block, type Chart, type Report, type Table } from './document.ts';

/** @param picture where the picture of a chart lies, relative to the document */
export function markdownOf({ title, facts, sections, footer }: Report, picture: (chart: Chart) => string): string {
  const parts = [
    `# ${text(title)}`,
    facts.map(([name, value]) => `- ${text(name)}: ${text(typeof value === 'string' ? value : value.join('; '))}`).join('\n'),
    ...sections.flatMap(({ title, blocks }) => [`## ${text(title)}`, ...blocks.flatMap((block) => blockOf(block, picture))]),
    text(footer),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function blockOf(block: Block, picture: (chart: Chart) => string): string[] {
  switch (block.kind) {
    case 'text':
    case 'note': return [text(block.text)];
    case 'list': return [block.items.map((item) => `- ${text(item)}`).join('\n')];
    case 'link': return [`[${text(block.text)}](${block.href})`];
    case 'table': return tableOf(block.table);
    case 'figure': {
      const { title, note, charts, tables } = block.figure;
      return [`### ${text(title)}`, ...note === undefined ? [] : [text(note)], ...charts.map((chart) => `![${text(chart.description)}](${picture(chart)})`), ...tables.flatMap(tableOf)];
    }
  }
}

/** Markdown's tables have one line of heads: those over the heads go before them. */
function tableOf({ caption, groups = [], columns: [first = '', ...columns], rows, words }: Table): string[] {
  const over = groups.flatMap(({ title, span }) => Array.from({ length: span }, () => `${title}, `));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [text(caption), [
    line([text(first), ...columns.map((column, i) => text(`${over[i] ?? ''}${column}`))]),
    line(['---', ...columns.map(() => words === true ? '---' : '---:')]),
    ...rows.map(({ head, cells }) => line([text(head), ...cells.map((cell) => typeof cell !== 'string' && cell.mark === 'best' ? `**${text(cell.text)}**` : text(textOf(cell)))])),
  ].join('\n')];
}

/** What came from outside stays text: neither markup nor a line of its own. */
const text = (given: string): string => given.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&').trim();
