/** A report in files: a page, Markdown with its pictures beside it, or the pictures alone. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { figuresOf } from './report/document.ts';
import type { Chart, Report } from './report/document.ts';
import { writeFileAtomic } from './run-directory.ts';

export const FORMATS = ['html', 'markdown', 'svg', 'png'] as const;
export type Format = (typeof FORMATS)[number];

/** Pixels of a PNG for each unit of the drawing. */
const DENSITY = 2;

/** @returns what was written; the document first, where there is one */
export async function writeReportFiles(report: Report, format: Format, folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  if (format === 'html') {
    const { pageOf } = await import('./report/page.ts');
    return [written(join(folder, 'report.html'), pageOf(report))];
  }
  if (format !== 'markdown') return writePictures(report, format, folder);
  const { markdownOf } = await import('./report/markdown.ts');
  const names = fileNames(report);
  const pictures = 'report-charts';
  const document = markdownOf(report, (chart) => `${pictures}/${names.get(chart) ?? ''}.svg`);
  return [written(join(folder, 'report.md'), document), ...await writePictures(report, 'svg', join(folder, pictures))];
}

async function writePictures(report: Report, format: 'svg' | 'png', folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const { pictureOf } = await import('./report/picture.ts');
  const names = fileNames(report);
  const files: string[] = [];
  for (const figure of figuresOf(report)) {
    for (const chart of figure.charts) {
      const picture = pictureOf(figure, chart);
      files.push(written(join(folder, `${names.get(chart) ?? ''}.${format}`), format === 'svg' ? picture : await png(picture)));
    }
  }
  return files;
}

async function png(picture: string): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(picture), { density: 72 * DENSITY }).png().toBuffer();
}

/** A name of its own for each chart, fit for any file system. */
function fileNames(report: Report): ReadonlyMap<Chart, string> {
  const taken = new Set<string>();
  return new Map(figuresOf(report).flatMap(({ charts }) => charts).map((chart) => {
    const plain = chart.name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'chart';
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain}-${n}`;
    taken.add(name);
    return [chart, name];
  }));
}

function written(path: string, content: string | Uint8Array): string {
  writeFileAtomic(path, content);
  return path;
}
