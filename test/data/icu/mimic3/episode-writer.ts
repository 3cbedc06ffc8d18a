/** Texts as the benchmarks' pipeline writes them. */
import { VARIABLES } from '../../../../data/icu/mimic3/variables.ts';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const HEADER: readonly string[] = ['Hours', ...VARIABLES.map(({ name }) => name)];

export type Event = readonly [hour: number | string, values: Readonly<Record<string, string | number>>];

export function episodeText(events: readonly Event[], header: readonly string[] = HEADER): string {
  return [header.join(','), ...events.map(([hour, values]) => header.map((name) => (name === 'Hours' ? hour : (values[name] ?? ''))).join(',')), ''].join('\n');
}

/** Seven moments, with times on and just behind an hour. */
export const EVENTS: readonly Event[] = [
  ['0.0', { 'Heart Rate': '90', 'Glascow coma scale total': '14.0', pH: '7.31' }],
  ['0.4', { 'Heart Rate': '95.5', 'Capillary refill rate': '1.0' }],
  ['1.0', { Weight: '70' }],
  ['1.0000005', { Glucose: '200' }],
  ['1.25', { 'Glascow coma scale eye opening': 'To Speech', Temperature: '38.2' }],
  ['3.0', { 'Heart Rate': '60', 'Glascow coma scale motor response': '2 Abnorm extensn' }],
  ['3.7', { 'Heart Rate': '61' }],
];
