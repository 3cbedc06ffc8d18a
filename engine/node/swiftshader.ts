/**
 * Loads SwiftShader, a Vulkan driver that runs on the CPU, out of the npm package @sparticuz/chromium, so that a machine with nothing
 * but Node has an adapter. The package's archive holds the driver and the Vulkan loader; they are unpacked once into the user's cache.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { parseTar } from 'nanotar';

const FILES = ['libvulkan.so.1', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];
// RTLD_NODELETE: without it Node closes the library again when it finds that it is no addon.
const RTLD_NODELETE = 0x1000;

/** Makes SwiftShader the process's Vulkan driver. Returns what went wrong, or null. */
export function useSwiftShader(): Promise<string | null> {
  return Promise.resolve(load());
}

function load(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `it is packaged for Linux on x86-64 only, this is ${process.platform} on ${process.arch}`;
  try {
    const folder = unpacked(archivePath());
    process.env.VK_ICD_FILENAMES = process.env.VK_DRIVER_FILES = join(folder, 'vk_swiftshader_icd.json');
    try {
      process.dlopen({ exports: {} }, join(folder, 'libvulkan.so.1'), constants.dlopen.RTLD_NOW | RTLD_NODELETE);
    } catch (error) {
      // Expected: the library is loaded, and Node complains that it registers no module.
      if (!(error instanceof Error) || !error.message.includes('self-register')) throw error;
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function archivePath(): string {
  // The package exports no path into its own folder: walk from its entry point.
  let folder = dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'));
  while (!existsSync(join(folder, 'bin/swiftshader.tar.br'))) {
    if (folder === dirname(folder)) throw new Error('@sparticuz/chromium carries no bin/swiftshader.tar.br');
    folder = dirname(folder);
  }
  return join(folder, 'bin/swiftshader.tar.br');
}

function unpacked(archive: string): string {
  const bytes = readFileSync(archive);
  const name = `swiftshader-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
  for (const parent of [process.env.XDG_CACHE_HOME, join(homedir(), '.cache'), tmpdir()]) {
    if (!parent) continue;
    const target = join(parent, 'lazygrad', name);
    if (FILES.every((file) => existsSync(join(target, file)))) return target;
    try {
      mkdirSync(dirname(target), { recursive: true });
      const temporary = mkdtempSync(`${target}-`);
      for (const { name: file, data } of parseTar(brotliDecompressSync(bytes))) if (data && FILES.includes(file)) writeFileSync(join(temporary, file), data);
      try {
        renameSync(temporary, target);
      } catch {
        // Another process was faster.
        rmSync(temporary, { recursive: true, force: true });
      }
      if (FILES.every((file) => existsSync(join(target, file)))) return target;
    } catch {
      // Not writable: try the next place.
    }
  }
  throw new Error('no folder to unpack it into is writable');
}
