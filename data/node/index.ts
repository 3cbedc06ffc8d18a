/** `lazygrad/data/node`: finding and loading data sets from files. */
export { limited, loadDataset, type LoadOptions } from './load.ts';
export type { FoundSet, Progress, ReadOptions, SetLoader } from './set.ts';
export { describeDatasets, locateDataset, type DatasetDescription, type DatasetLocation, type LocateOptions } from './describe.ts';
export { readBytes } from './files.ts';
export { fingerprints, splitHash, type Fingerprint } from './fingerprint.ts';
export { loadImageFolder, type ImageFolderOptions } from './images/load-image-folder.ts';
export { decodeImage, type ImageSize } from './images/decode-image.ts';
export { loadTable, openTabular } from './tables/table.ts';
export { loadDescription, type DescribedDataset } from './tables/description.ts';
export { cachedTokens } from './notes/tokens.ts';
export { CODIESP_CHAPTERS, loadCodiesp, type Codiesp, type CodiespOptions } from './sets/codiesp.ts';
export { fetchDataset, type FetchedFile, type FetchEvent, type FetchOptions, type FetchResult, type Verification } from './fetch/fetch-dataset.ts';
export { download, type Downloaded, type DownloadOptions } from './fetch/download.ts';
export { unpack, type Unpacked, type UnpackOptions } from './fetch/unpack.ts';
export type { UnpackLimits } from './fetch/archive-writer.ts';
export { readWfdbRecord, wfdbRecords, type WfdbRecord, type WfdbRecordsOptions } from './ecg/wfdb-record.ts';
export { ecgTasks, type EcgSplit, type EcgTask } from './ecg/ecg-tasks.ts';
