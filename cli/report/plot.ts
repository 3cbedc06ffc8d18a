/** Draws with Observable Plot outside a browser. Colours, fonts and sizes on the page are the style sheet's. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Chart } from './document.ts';

export const SIZE = { width: 460, height: 270, marginLeft: 46, marginRight: 14, marginTop: 32, marginBottom: 40 };
/** With more epochs than this, a mark for each is clutter. */
export const MOST_MARKS = 30;

/** The drawing as SVG. @param what it is: see `Chart` */
export function draw(what: Pick<Chart, 'name' | 'description' | 'title'>, options: Plot.PlotOptions & { readonly width: number; readonly height: number }): Chart {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ ...options, document, className: 'plot' });
  // Plot brings a style sheet with every drawing; the page has one for all.
  svg.querySelector('style')?.remove();
  svg.setAttribute('font-size', '12');
  return { ...what, svg: svg.outerHTML, width: options.width, height: options.height };
}

/** A scale for epochs in ascending order: half an epoch of room at both ends, marks at whole epochs only. */
export function epochScale(epochs: readonly number[]): Plot.ScaleOptions {
  const first = epochs[0] ?? 1;
  const last = epochs.at(-1) ?? first;
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((candidate) => (last - first) / candidate <= 8) ?? last - first;
  const ticks = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step).filter((tick) => tick >= first);
  return { domain: [first - 0.5, last + 0.5], ticks, tickFormat: 'd', tickSize: 0, label: 'epoch', labelArrow: 'none', labelAnchor: 'center' };
}

/** Hovering over an epoch tells what `title` says of it. */
export const hoverBands = (epochs: readonly number[], title: (epoch: number) => string): Plot.Markish =>
  Plot.rect(epochs, { x1: (epoch: number) => epoch - 0.5, x2: (epoch: number) => epoch + 0.5, title, fill: 'transparent', className: 'hover' });
