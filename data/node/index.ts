/** `lazygrad/data/node`: finding and loading data sets from files. */
export { loadDataset, type LoadOptions } from './load.ts';
export { describeDatasets, locateDataset, type DatasetDescription, type DatasetLocation, type LocateOptions } from './describe.ts';
export { readBytes } from './files.ts';
export { loadTable, openTabular } from './table.ts';
export { loadDescription, type DescribedDataset } from './description.ts';
export { cachedTokens } from './tokens.ts';
export { CODIESP_CHAPTERS, loadCodiesp, type Codiesp, type CodiespOptions } from './sets/codiesp.ts';
