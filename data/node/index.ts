/** `lazygrad/data/node`: finding and loading data sets from files. */
export { loadDataset, type LoadOptions } from './load.ts';
export { describeDatasets, locateDataset, type DatasetDescription, type DatasetLocation, type LocateOptions } from './describe.ts';
export { readBytes } from './files.ts';
export { readWfdbRecord, wfdbRecords, type WfdbRecord, type WfdbRecordsOptions } from './wfdb-record.ts';
export { ecgTasks, type EcgSplit, type EcgTask } from './ecg-tasks.ts';
