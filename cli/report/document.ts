/** What a report consists of, however it is written: as a page, as Markdown, or picture by picture. */
import type { Stroke } from './palette.ts';

export interface Report {
  readonly title: string;
  /** What was run, on what, when: names and what they stand for. */
  readonly facts: readonly (readonly [name: string, value: string | readonly string[]])[];
  readonly sections: readonly Section[];
  readonly footer: string;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'text' | 'note'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'link'; readonly href: string; readonly text: string }
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'figure'; readonly figure: Figure };

export interface Figure {
  readonly title: string;
  /** What the reader should know of it. */
  readonly note?: string;
  readonly legend: readonly LegendItem[];
  readonly charts: readonly Chart[];
  /** The numbers behind the charts. */
  readonly tables: readonly Table[];
}

export interface LegendItem {
  readonly label: string;
  /** A line, or else an area of this colour. */
  readonly mark: Stroke | string;
}

/** A drawing in colours that the palette names. */
export interface Chart {
  /** Of a file, without its ending. */
  readonly name: string;
  /** What a screen reader says. */
  readonly description: string;
  /** Over the chart, where a figure has several that differ by it. */
  readonly title?: string;
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

export interface Table {
  readonly caption: string;
  /** Heads over the heads, of all columns but the first. */
  readonly groups?: readonly { readonly title: string; readonly span: number }[];
  /** The first is that of the rows' heads. */
  readonly columns: readonly string[];
  /** What columns are, for who points at their heads. */
  readonly meanings?: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  /** Whether the cells are words, which are aligned left. */
  readonly words?: boolean;
}

export interface Row {
  readonly head: string;
  /** The line that it is in the charts. */
  readonly stroke?: Stroke;
  readonly cells: readonly Cell[];
}

export type Cell = string | { readonly text: string; readonly mark: 'best' | 'negative' };

export const textOf = (cell: Cell): string => typeof cell === 'string' ? cell : cell.text;

/** Every figure of a report, in its order. */
export const figuresOf = ({ sections }: Report): Figure[] => sections.flatMap(({ blocks }) => blocks.flatMap((block) => block.kind === 'figure' ? [block.figure] : []));
