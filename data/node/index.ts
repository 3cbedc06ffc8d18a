/** `lazygrad/data/node`: finding and loading data sets from files. */
export { loadDataset, type LoadOptions } from './load.ts';
export { describeDatasets, locateDataset, type DatasetDescription, type DatasetLocation, type LocateOptions } from './describe.ts';
export { readBytes } from './files.ts';
export { loadImageFolder, type ImageFolderOptions } from './load-image-folder.ts';
export { decodeImage, type ImageSize } from './decode-image.ts';
