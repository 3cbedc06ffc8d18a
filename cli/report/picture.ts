/** A chart by itself: an SVG file in plain colours, with its title and its legend. */
import type { Chart, Figure, LegendItem } from './document.ts';
import { html, Html } from './html.ts';
import { GROUND, LIGHT, resolved } from './palette.ts';

const MARGIN = 12;
const LINE = 18;
/** Widths of letters, of 12 px and of the title; text cannot be measured here. */
const LETTER = 6.6;
const BOLD = 8.4;

/** @param figure the one that the chart is in @returns in light colours on white; each colour by its value */
export function pictureOf({ legend }: Figure, { description, svg, width, height }: Chart): string {
  const inner = Math.max(width, 320);
  const title = wrap(description, Math.floor(inner / BOLD));
  const items = flow(legend, inner);
  const legendTop = MARGIN + title.length * LINE + 4;
  const rows = items.length === 0 ? 0 : Math.max(...items.map(({ row }) => row)) + 1;
  const top = legendTop + rows * LINE + 6;
  const size = { width: inner + 2 * MARGIN, height: top + height + MARGIN };
  return resolved(html`<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${description}" font-family="system-ui, sans-serif" font-size="12" color="var(--ink)" fill="var(--ink)">
<rect width="100%" height="100%" fill="var(--ground)"/>
${title.map((line, i) => html`<text x="${MARGIN}" y="${MARGIN + 12 + i * LINE}" font-size="13" font-weight="600">${line}</text>`)}
${items.map(({ item, x, row }) => html`<g transform="translate(${MARGIN + x} ${legendTop + row * LINE})">${mark(item)}<text x="32" y="12">${item.label}</text></g>`)}
<g transform="translate(${MARGIN} ${top})">${new Html(svg)}</g>
</svg>
`.source, { ...GROUND.light, ...LIGHT });
}

const mark = ({ mark }: LegendItem): Html => typeof mark === 'string'
  ? html`<rect x="6" y="1" width="14" height="14" rx="2" fill="${mark}"/>`
  : html`<line x1="0" y1="8" x2="26" y2="8" stroke="${mark.colour}" stroke-width="3" stroke-dasharray="${mark.dash}"/>`;

/** Lines of at most `most` letters, where the words allow it. */
function wrap(text: string, most: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    return last !== undefined && last.length + 1 + word.length <= most ? [...lines.slice(0, -1), `${last} ${word}`] : [...lines, word];
  }, []);
}

/** One after the other, in rows that are no wider than the picture. */
function flow(legend: readonly LegendItem[], width: number): { readonly item: LegendItem; readonly x: number; readonly row: number }[] {
  let x = 0;
  let row = 0;
  return legend.map((item) => {
    const needed = 32 + item.label.length * LETTER + 16;
    if (x > 0 && x + needed > width) [x, row] = [0, row + 1];
    const place = { item, x, row };
    x += needed;
    return place;
  });
}
