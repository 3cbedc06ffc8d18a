/**
 * What each data set consists of on the network: addresses, checksums, and where each file comes to lie in a data folder.
 *
 * A SHA-256 stands here only where it is published: those of MNIST, Fashion-MNIST, Kuzushiji-MNIST, CIFAR-10, SVHN,
 * STL-10 and the colorectal tiles are the ones that TensorFlow Datasets keeps (`url_checksums/`), with the sizes.
 */
import { ConfigError } from '../engine/errors.ts';
import { datasetInfo } from './registry.ts';

export interface UnpackRule {
  readonly format: 'zip' | 'tar' | 'tar.gz' | 'gzip';
  /** The folder (for `gzip` the file) that it becomes, inside the data folder. */
  readonly into: string;
  /** Leading folders of each entry's path that are left out. Default: none. */
  readonly strip?: number;
  /** Only entries whose path, after `strip`, begins with one of these are unpacked. Default: all. */
  readonly keep?: readonly string[];
  /** No more bytes than this are unpacked. */
  readonly largest: number;
}

export interface DownloadFile {
  readonly url: string;
  /** Where it lies inside the data folder. An archive lies there until it is unpacked. */
  readonly path: string;
  /** Lower-case hexadecimal; null where none is published. */
  readonly sha256: string | null;
  /** A longer file is refused: its published size in bytes, or a generous limit where none is. */
  readonly largest: number;
  readonly unpack?: UnpackRule;
}

type Plan =
  | { readonly name: string; readonly access: 'open'; readonly files: readonly DownloadFile[] }
  | {
      readonly name: string;
      readonly access: 'credentialed';
      /** Where access is applied for. */
      readonly address: string;
      /** What to do to get it, and where its files have to lie: sentences that follow the address. */
      readonly steps: string;
    };

/** A data set that anybody may download, or one that only its owner gives out: that one is never downloaded. The licence is the registry's. */
export type DatasetDownloads = Plan & { readonly licence: string };

const MB = 1e6;
const GB = 1e9;

type Parts = readonly (readonly [file: string, bytes: number, sha256: string])[];

const published = (base: string, folder: string, parts: Parts): DownloadFile[] =>
  parts.map(([file, largest, sha256]) => ({ url: `${base}${file}`, path: `${folder}/${file}`, sha256, largest }));

const MNIST = published('https://storage.googleapis.com/cvdf-datasets/mnist/', 'mnist', [
  ['train-images-idx3-ubyte.gz', 9_912_422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'],
  ['train-labels-idx1-ubyte.gz', 28_881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'],
  ['t10k-images-idx3-ubyte.gz', 1_648_877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'],
  ['t10k-labels-idx1-ubyte.gz', 4_542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'],
]);

// Its makers' address has no https.
const FASHION_MNIST = published('http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/', 'fashion-mnist', [
  ['train-images-idx3-ubyte.gz', 26_421_880, '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84'],
  ['train-labels-idx1-ubyte.gz', 29_515, 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845'],
  ['t10k-images-idx3-ubyte.gz', 4_422_102, '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'],
  ['t10k-labels-idx1-ubyte.gz', 5_148, '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'],
]);

const KMNIST = published('https://codh.rois.ac.jp/kmnist/dataset/kmnist/', 'kmnist', [
  ['train-images-idx3-ubyte.gz', 18_165_135, '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4'],
  ['train-labels-idx1-ubyte.gz', 29_497, 'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17'],
  ['t10k-images-idx3-ubyte.gz', 3_041_136, 'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5'],
  ['t10k-labels-idx1-ubyte.gz', 5_120, '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c'],
]);

const PHYSIONET_2012 = 'https://physionet.org/files/challenge-2012/1.0.0/';
const PHYSIONET_2017 = 'https://physionet.org/files/challenge-2017/1.0.0/';

const icuStays = (set: 'a' | 'b'): DownloadFile[] => [
  {
    url: `${PHYSIONET_2012}set-${set}.zip`, path: `physionet2012/set-${set}.zip`, sha256: null, largest: 100 * MB,
    unpack: { format: 'zip', into: `physionet2012/set-${set}`, strip: 1, largest: 500 * MB },
  },
  { url: `${PHYSIONET_2012}Outcomes-${set}.txt`, path: `physionet2012/Outcomes-${set}.txt`, sha256: null, largest: 5 * MB },
];

const IMAGES: readonly DownloadFile[] = [
  {
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz', path: 'cifar10.tar.gz',
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd', largest: 170_052_171,
    unpack: { format: 'tar.gz', into: 'cifar10', strip: 1, largest: 200 * MB },
  },
  ...published('http://ufldl.stanford.edu/housenumbers/', 'svhn', [
    ['train_32x32.mat', 182_040_794, '435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8'],
    ['test_32x32.mat', 64_275_384, 'cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b'],
  ]),
  {
    url: 'http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz', path: 'stl10.tar.gz',
    sha256: 'f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866', largest: 2_640_397_119,
    // The 100,000 images without labels are the most of it, and not used.
    unpack: { format: 'tar.gz', into: 'stl10', strip: 1, keep: ['train_', 'test_', 'class_names', 'fold_indices'], largest: 4 * GB },
  },
  {
    url: 'https://zenodo.org/record/53169/files/Kather_texture_2016_image_tiles_5000.zip', path: 'colorectal.zip',
    sha256: '936d0b95ae0f04f1f7b18a2b7e8c55776c3e887d102f645bcee752d1a6626a32', largest: 258_098_431,
    unpack: { format: 'zip', into: 'colorectal', strip: 1, largest: 1 * GB },
  },
  {
    url: 'https://data.lhncbc.nlm.nih.gov/public/Malaria/cell_images.zip', path: 'malaria.zip', sha256: null, largest: 500 * MB,
    unpack: { format: 'zip', into: 'malaria', strip: 1, largest: 1 * GB },
  },
];

const PLANS: readonly Plan[] = [
  { name: 'mnist-pair', access: 'open', files: [...MNIST, ...FASHION_MNIST] },
  { name: 'mnist-trio', access: 'open', files: [...MNIST, ...FASHION_MNIST, ...KMNIST] },
  { name: 'physionet2012', access: 'open', files: [...icuStays('a'), ...icuStays('b')] },
  {
    name: 'ptbxl', access: 'open',
    files: [{
      url: 'https://physionet.org/content/ptb-xl/get-zip/1.0.3/', path: 'ptbxl.zip', sha256: null, largest: 3 * GB,
      // The same recordings at 500 Hz are the most of it, and not used.
      unpack: { format: 'zip', into: 'ptbxl', strip: 1, keep: ['records100/', 'ptbxl_database.csv', 'scp_statements.csv', 'LICENSE', 'RECORDS', 'SHA256SUMS'], largest: 2 * GB },
    }],
  },
  {
    name: 'cinc2017', access: 'open',
    files: [
      {
        url: `${PHYSIONET_2017}training2017.zip`, path: 'cinc2017/training2017.zip', sha256: null, largest: 300 * MB,
        unpack: { format: 'zip', into: 'cinc2017/training2017', strip: 1, largest: 1 * GB },
      },
      { url: `${PHYSIONET_2017}REFERENCE-v3.csv`, path: 'cinc2017/REFERENCE-v3.csv', sha256: null, largest: 5 * MB },
    ],
  },
  {
    name: 'codiesp', access: 'open',
    files: [{
      url: 'https://zenodo.org/records/3837305/files/codiesp.zip', path: 'codiesp.zip', sha256: null, largest: 200 * MB,
      unpack: { format: 'zip', into: 'codiesp', strip: 1, largest: 1 * GB },
    }],
  },
  { name: 'images', access: 'open', files: IMAGES },
  {
    name: 'mimic3', access: 'credentialed', address: 'https://physionet.org/content/mimiciii/1.4/',
    steps: 'Make an account on PhysioNet, finish the required training, have the account credentialed and sign the data use agreement; then download the files there yourself',
  },
];

/** Every data set that has a place to come from. */
export const DOWNLOADS: readonly DatasetDownloads[] = PLANS.map((plan) => ({ ...plan, licence: datasetInfo(plan.name).licence }));

/**
 * Where a data set's files come from.
 * @throws {ConfigError} no data set has that name; the message lists those that have one
 */
export function datasetDownloads(name: string): DatasetDownloads {
  const found = DOWNLOADS.find((entry) => entry.name === name);
  if (!found) throw new ConfigError(`unknown data set '${name}': expected one of ${DOWNLOADS.map((entry) => entry.name).join(', ')}`);
  return found;
}

/**
 * The same file on another host: `mirror` takes the place of scheme, host and port, and may have a path of its own in front.
 * @throws {ConfigError} `mirror` is no address with http or https
 */
export function mirrored(url: string, mirror: string): string {
  const base = URL.canParse(mirror) ? new URL(mirror) : null;
  if (base?.protocol !== 'http:' && base?.protocol !== 'https:') throw new ConfigError(`mirror: expected an address such as https://mirror.example/data, got '${mirror}'`);
  const { pathname, search } = new URL(url);
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}${pathname}${search}`;
}
