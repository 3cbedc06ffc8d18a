/** A browser without a window: Chromium of the npm package @sparticuz/chromium, steered by Playwright. */
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** Null where it cannot start, with the reason on standard error: it is packaged for Linux on x86-64, and needs libraries of the system. */
export async function openBrowser(args: readonly string[] = []): Promise<Browser | null> {
  try {
    const packaged = (await import('@sparticuz/chromium')).default;
    return await chromium.launch({ executablePath: await packaged.executablePath(), args: ['--no-sandbox', ...args], timeout: 20_000 });
  } catch (error) {
    process.stderr.write(`no browser: ${error instanceof Error ? error.message.split('\n')[0] ?? '' : String(error)}\n`);
    return null;
  }
}
