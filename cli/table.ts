/** Tables in plain text, aligned with spaces. */

/** A title, left-aligned; `right('title')` for a column of numbers. */
export type Column = string | { readonly title: string; readonly align: 'right' };

export const right = (title: string): Column => ({ title, align: 'right' });

const width = (text: string): number => Array.from(text).length;

export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map((column) => (typeof column === 'string' ? column : column.title));
  const widths = titles.map((title, i) => Math.max(width(title), ...rows.map((row) => width(row[i] ?? ''))));
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, i) => {
        const cell = cells[i] ?? '';
        const padding = ' '.repeat((widths[i] ?? 0) - width(cell));
        return typeof column === 'string' ? cell + padding : padding + cell;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((n) => '-'.repeat(n));
  return [titles, rule, ...rows].map((cells) => `${line(cells)}\n`).join('');
}
