/**
 * Signs that organs fail in the second of two days: eight labels, each against a usual threshold of intensive care (the levels are those at which the SOFA score,
 * Vincent et al. 1996, gives two points and more, or its neighbours).
 *
 * A label is missing where nothing that decides it was measured from hour 24 to 48. Ventilation is the exception: the challenge only records that
 * it is on, so that one without a record of it counts as not ventilated. The mean arterial pressure is the invasive or the cuff's, whichever is lower; the
 * oxygen's ratio takes the latest share of inspired oxygen, and is not known before one was recorded.
 */
import { seriesIndex } from './parameters.ts';

export const ORGAN_FAILURES = ['creatinine >= 2', 'platelets < 100', 'bilirubin >= 2', 'mean arterial pressure < 60', 'GCS <= 8', 'PaO2/FiO2 < 200', 'ventilation', 'lactate >= 4'] as const;

const FIRST_MINUTE = 24 * 60;

interface Sign {
  readonly label: number;
  readonly fails: (value: number) => boolean;
}

const SIGNS = new Map<number, Sign>([
  [seriesIndex('Creatinine'), { label: 0, fails: (value) => value >= 2 }],
  [seriesIndex('Platelets'), { label: 1, fails: (value) => value < 100 }],
  [seriesIndex('Bilirubin'), { label: 2, fails: (value) => value >= 2 }],
  [seriesIndex('MAP'), { label: 3, fails: (value) => value < 60 }],
  [seriesIndex('NIMAP'), { label: 3, fails: (value) => value < 60 }],
  [seriesIndex('GCS'), { label: 4, fails: (value) => value <= 8 }],
  [seriesIndex('MechVent'), { label: 6, fails: (value) => value === 1 }],
  [seriesIndex('Lactate'), { label: 7, fails: (value) => value >= 4 }],
]);
const OXYGENATION = 5;
const VENTILATION = 6;
const PAO2 = seriesIndex('PaO2');
const FIO2 = seriesIndex('FiO2');

/** Watches the measurements of one stay go by, in the order of their times. */
export class OrganFailureWatch {
  /** 1 as soon as one value fails, 0 where all did well, NaN where none was measured. */
  readonly labels: Float32Array = new Float32Array(ORGAN_FAILURES.length).fill(NaN);
  #fio2 = NaN;
  #minute = -1;
  /** Pressures of oxygen of this minute, in which a share of inspired oxygen may still be written behind them. */
  #pressures: number[] = [];

  constructor() {
    this.labels[VENTILATION] = 0;
  }

  /** @param value plausible, of the series of this number @param minute from admission, not before the last one's */
  measure(series: number, value: number, minute: number): void {
    if (minute !== this.#minute) this.end();
    this.#minute = minute;
    if (series === FIO2) this.#fio2 = value;
    if (minute < FIRST_MINUTE) return;
    if (series === PAO2) this.#pressures.push(value);
    const sign = SIGNS.get(series);
    if (sign) this.#note(sign.label, sign.fails(value));
  }

  /** Nothing more comes in this minute. */
  end(): void {
    if (!Number.isNaN(this.#fio2)) for (const pressure of this.#pressures) this.#note(OXYGENATION, pressure / this.#fio2 < 200);
    this.#pressures = [];
  }

  #note(label: number, fails: boolean): void {
    if (fails || Number.isNaN(this.labels[label])) this.labels[label] = Number(fails);
  }
}
