/** Who owns how much of each layer of the shared trunk at the end. */
import * as Plot from '@observablehq/plot';
import type { LayerShares } from '../../methods/events.ts';
import type { Figure } from './document.ts';
import { inPercent, percent } from './format.ts';
import { seriesColour } from './palette.ts';
import { draw } from './plot.ts';
import { epochsOf } from './run-record.ts';
import { taskNames, type Series } from './series.ts';
import { spreadOf } from './spread.ts';

interface LayerOwners {
  readonly layer: string;
  /** In the order of the tasks, and last what nobody owns; means over the runs. */
  readonly shares: readonly number[];
}

/** Undefined where no epoch told of layers. */
export function layersFigure(series: Series): Figure | undefined {
  const tasks = taskNames(series.runs);
  const layers = ownersOf(series, tasks.length);
  if (layers.length === 0) return undefined;
  const owners = [...tasks, 'unclaimed'];
  const colours = [...tasks.map((_, i) => seriesColour(i)), 'var(--unclaimed)'];
  const bars = layers.flatMap(({ layer, shares }) => {
    const title = [layer, ...shares.map((share, i) => `${owners[i] ?? ''}: ${percent(share, 1)}`)].join('\n');
    return shares.map((share, owner) => ({ layer, owner, share, title }));
  });
  const names = layers.map(({ layer }) => layer);
  const marginLeft = Math.min(260, 24 + 6.6 * Math.max(...names.map((name) => name.length)));
  const chart = draw({ name: `owners ${series.label}`, description: `Owners of each layer's parameters under ${series.label} at the end` }, {
    width: 640, height: 46 + 24 * layers.length, marginLeft, marginRight: 20, marginTop: 4, marginBottom: 40,
    x: { label: 'parameters of the layer (%)', labelArrow: 'none', labelAnchor: 'center', domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickSize: 0, tickFormat: (share: number) => inPercent(share, 0) },
    y: { label: null, domain: names, tickSize: 0, padding: 0.2 },
    color: { domain: owners.map((_, i) => i), range: colours },
    marks: [
      Plot.barX(bars, { y: 'layer', x: 'share', fill: 'owner', order: 'owner', insetRight: 1 }),
      Plot.barX(layers, { y: 'layer', x1: 0, x2: 1, fill: 'transparent', className: 'hover', title: ({ layer }: LayerOwners) => bars.find((bar) => bar.layer === layer)?.title ?? '' }),
    ],
  });
  return {
    title: `${series.label}, layer by layer`, legend: owners.map((label, i) => ({ label, mark: colours[i] ?? '' })), charts: [chart],
    note: `After the last epoch${series.runs.length > 1 ? ', mean over the seeds' : ''}. Wide layers and narrow ones are drawn alike.`,
    tables: [{
      caption: `Owners of each layer's parameters under ${series.label} (%)`, columns: ['layer', ...owners],
      rows: layers.map(({ layer, shares }) => ({ head: layer, cells: shares.map((share) => inPercent(share, 1)) })),
    }],
  };
}

function ownersOf({ runs }: Series, tasks: number): LayerOwners[] {
  const last = runs.flatMap((run) => epochsOf(run).at(-1)?.layers ?? []);
  const mean = (name: string, share: (layer: LayerShares) => number): number => spreadOf(last.filter((layer) => layer.name === name).map(share))?.mean ?? NaN;
  return [...new Set(last.map(({ name }) => name))].map((name) => ({
    layer: name,
    shares: [...Array.from({ length: tasks }, (_, i) => mean(name, ({ owned }) => owned[i] ?? NaN)), mean(name, ({ unclaimed }) => unclaimed)],
  }));
}
