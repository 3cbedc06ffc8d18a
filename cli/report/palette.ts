/** Colours that people with any kind of colour vision can tell apart: Okabe and Ito's, a little lighter on dark ground. */

interface Palette {
  readonly series: readonly string[];
  readonly owned: string;
  readonly protected: string;
  readonly unclaimed: string;
  /** Of heat maps: full where a value is 1, or -1; the ground shines through for what is nearer to 0. */
  readonly positive: string;
  readonly negative: string;
}

export const LIGHT: Palette = {
  series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#1a1a1a', '#e69f00', '#56b4e9'],
  owned: '#0072b2',
  protected: '#e69f00',
  unclaimed: '#d9dce1',
  positive: '#0072b2',
  negative: '#d55e00',
};

export const DARK: Palette = {
  series: ['#2f86cc', '#e0681f', '#00a87c', '#d992ba', '#f4f4f4', '#f0e442', '#7fd0ff'],
  owned: '#2f86cc',
  protected: '#e6a520',
  unclaimed: '#3b4048',
  positive: '#2f86cc',
  negative: '#e0681f',
};

/** What everything is drawn on, and texts and rules are drawn with. */
export const GROUND = {
  light: { ground: '#ffffff', ink: '#1c1f23', quiet: '#5b636e', rule: '#dfe3e8', band: '#0000000d' },
  dark: { ground: '#15171a', ink: '#e8eaed', quiet: '#a0a8b3', rule: '#33383f', band: '#ffffff14' },
};

type Colours = Readonly<Record<string, string | readonly string[]>>;

const named = (colours: Colours): [name: string, colour: string][] =>
  Object.entries(colours).flatMap(([name, value]) => typeof value === 'string' ? [[name, value] as [string, string]] : value.map((colour, i): [string, string] => [`${name}-${i}`, colour]));

/** The colours as custom properties. The charts name only these, so that one drawing fits both grounds. */
export const asProperties = (colours: Colours): string => named(colours).map(([name, colour]) => `--${name}: ${colour};`).join(' ');

/** A drawing with the colours themselves in place of the properties. */
export function resolved(drawing: string, colours: Colours): string {
  const values = new Map(named(colours));
  return drawing.replace(/var\(--([\w-]+)\)/g, (reference, name: string) => values.get(name) ?? reference);
}

const DASHES = ['none', '6 3', '2 3', '9 3 2 3'];

export interface Stroke {
  readonly colour: string;
  readonly dash: string;
}

/** The line of the i-th series: when the colours are used up they come again, dashed. */
export const strokeOf = (i: number): Stroke => ({ colour: seriesColour(i), dash: DASHES[Math.floor(i / LIGHT.series.length) % DASHES.length] ?? 'none' });
export const seriesColour = (i: number): string => `var(--series-${i % LIGHT.series.length})`;
