/** Colours that people with any kind of colour vision can tell apart: Okabe and Ito's, a little lighter on dark ground. */

interface Palette {
  readonly series: readonly string[];
  readonly owned: string;
  readonly protected: string;
  readonly unclaimed: string;
}

export const LIGHT: Palette = {
  series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#1a1a1a', '#e69f00', '#56b4e9'],
  owned: '#0072b2',
  protected: '#e69f00',
  unclaimed: '#d9dce1',
};

export const DARK: Palette = {
  series: ['#2f86cc', '#e0681f', '#00a87c', '#d992ba', '#f4f4f4', '#f0e442', '#7fd0ff'],
  owned: '#2f86cc',
  protected: '#e6a520',
  unclaimed: '#3b4048',
};

/** The palette as custom properties. The charts name only these, so that one drawing fits both grounds. */
export const asProperties = (palette: Palette): string =>
  [...palette.series.map((colour, i) => `--series-${i}: ${colour};`), `--owned: ${palette.owned};`, `--protected: ${palette.protected};`, `--unclaimed: ${palette.unclaimed};`].join(' ');

const DASHES = ['none', '6 3', '2 3', '9 3 2 3'];

export interface Stroke {
  readonly colour: string;
  readonly dash: string;
}

/** The line of the i-th series: when the colours are used up they come again, dashed. */
export const strokeOf = (i: number): Stroke => ({
  colour: `var(--series-${i % LIGHT.series.length})`,
  dash: DASHES[Math.floor(i / LIGHT.series.length) % DASHES.length] ?? 'none',
});
