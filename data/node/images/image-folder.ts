/** A folder with one folder of pictures for each class. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';

export interface ListedImage {
  readonly path: string;
  /** The file's name, without folders. */
  readonly name: string;
  /** The place of its folder among the classes. */
  readonly label: number;
}

export interface ImageList {
  readonly classes: readonly string[];
  /** By class, and then by name. */
  readonly images: readonly ListedImage[];
}

const PICTURE = /\.(png|jpe?g|tiff?)$/i;

/**
 * Lists the pictures (`.png`, `.jpg`, `.jpeg`, `.tif`, `.tiff`) that lie directly in each class's folder; other files, and what begins with a dot, are passed over. Names
 * are sorted by their code units, so that the order is the same everywhere. No picture is opened.
 * @param classes names of the folders to take, class 0 first. Default: all, sorted
 * @throws {DataError} `path` is no folder or has no class, or a class has no picture
 */
export async function listImages(path: string, classes?: readonly string[]): Promise<ImageList> {
  const names = classes ?? (await foldersOf(path));
  if (names.length === 0) throw new DataError(`${path}: expected a folder for each class, got none`);
  const images: ListedImage[] = [];
  for (const [label, name] of names.entries()) {
    const folder = join(path, name);
    const files = (await namesIn(folder)).filter((file) => PICTURE.test(file));
    if (files.length === 0) throw new DataError(`${folder}: expected pictures of the class ${name} (.png, .jpg, .jpeg, .tif or .tiff), got none`);
    // Not by spreading into push, whose arguments would not fit.
    for (const file of files) images.push({ path: join(folder, file), name: file, label });
  }
  return { classes: names, images };
}

async function foldersOf(path: string): Promise<string[]> {
  const folders: string[] = [];
  for (const name of await namesIn(path)) if ((await stat(join(path, name)).catch(() => null))?.isDirectory()) folders.push(name);
  return folders;
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new DataError(`${folder}: expected a folder: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  return names.filter((name) => !name.startsWith('.')).sort();
}
