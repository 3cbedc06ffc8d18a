/** Table 3: five kinds of images. */
import type { Experiment } from './experiment.ts';
import { differencesOf, plansOf } from './group-plans.ts';
import { settingOf, sourceOf } from './paper.ts';
import { COMPARED, tableExperiment } from './table.ts';

export const table3: Experiment = tableExperiment({
  id: '3',
  title: 'images: accuracy by method',
  source: sourceOf('table 3'),
  claim: 'APO is about 1.25 % better on average than single-task learning, and APO with a mixture of experts 0.2 % better than APO.',
  setting: settingOf('images', 'CIFAR-10, SVHN, STL-10, malaria, colorectal histology'),
  columns: ['cifar-10', 'svhn', 'stl-10', 'malaria', 'colorectal'],
  unit: 100,
  rows: {
    stl: [[83.40, 0.18], [89.22, 0.14], [41.66, 0.11], [97.13, 0.14], [84.34, 0.09], [79.15, 0.13]],
    reptile: [[82.13, 0.14], [88.13, 0.12], [41.88, 0.08], [96.01, 0.13], [82.37, 0.19], [78.10, 0.13]],
    imaml: [[82.30, 0.12], [88.28, 0.08], [42.28, 0.08], [96.27, 0.17], [83.59, 0.19], [78.54, 0.13]],
    lmc: [[83.67, 0.18], [88.46, 0.14], [43.30, 0.12], [96.54, 0.17], [84.96, 0.09], [79.39, 0.14]],
    moe: [[83.88, 0.15], [88.96, 0.19], [44.01, 0.15], [97.05, 0.17], [85.82, 0.18], [79.94, 0.17]],
    gradnorm: [[82.95, 0.12], [88.64, 0.20], [43.40, 0.12], [96.70, 0.19], [84.99, 0.18], [79.34, 0.16]],
    kml: [[83.67, 0.16], [89.14, 0.19], [43.68, 0.19], [96.38, 0.10], [85.24, 0.20], [79.62, 0.17]],
    pcgrad: [[83.71, 0.13], [88.79, 0.16], [43.85, 0.18], [96.79, 0.13], [84.85, 0.12], [79.60, 0.14]],
    apo: [[84.05, 0.11], [89.32, 0.14], [44.73, 0.18], [97.19, 0.13], [85.42, 0.15], [80.14, 0.14]],
    'apo-moe': [[84.14, 0.16], [89.39, 0.17], [44.97, 0.16], [97.18, 0.13], [85.74, 0.16], [80.28, 0.16]],
  },
  plans: plansOf('images', COMPARED),
  differences: (scale) => differencesOf('images', COMPARED, scale),
});
