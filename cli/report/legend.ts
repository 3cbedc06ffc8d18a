/** What the lines and areas of a figure stand for. */
import { SHARES } from './curves.ts';
import { html, type Html } from './html.ts';
import type { Stroke } from './palette.ts';
import type { Series } from './series.ts';

export const swatch = ({ colour, dash }: Stroke): Html =>
  html`<svg class="swatch" width="26" height="10" aria-hidden="true"><line x1="1" y1="5" x2="25" y2="5" stroke="${colour}" stroke-width="3" stroke-dasharray="${dash}"/></svg>`;

export const seriesLegend = (all: readonly Series[]): Html => html`<ul class="legend">${all.map(({ label, stroke }) => html`<li>${swatch(stroke)}${label}</li>`)}</ul>`;

const MEANING = { owned: 'owned by the task', protected: 'protected from it: owned by another', unclaimed: 'unclaimed' };

export const ownershipLegend = (): Html =>
  html`<ul class="legend">${SHARES.map((share) => html`<li><svg class="swatch" width="14" height="14" aria-hidden="true"><rect width="14" height="14" rx="2" fill="var(--${share})"/></svg>${MEANING[share]}</li>`)}</ul>`;
