/**
 * LAZYGRAD_DEBUG: 1 keeps bounds checks, tells where a freed tensor was made, and prints the time of every kernel at the end; 2 prints a
 * line for every dispatch as well; 3 adds its workgroups and the bytes it has bound. Times are the device's own, by timestamp queries,
 * where it has them.
 */
import type { KernelTime, Profiler, Work } from './profiler.ts';

export type Print = (line: string) => void;

export function debugLevel(environment: Readonly<Record<string, string | undefined>> | undefined): number {
  return Number(environment?.LAZYGRAD_DEBUG ?? 0) || 0;
}

/** The console's error stream, which every host has. */
export const printToConsole: Print = (line) => globalThis.console.error(line);

/** `12.3 GFLOP/s  4.5 GB/s`; bytes are those bound, so the second is an upper bound. */
function speed({ milliseconds, flops, bytes }: KernelTime): string {
  const per = (amount: number): string => (milliseconds > 0 ? amount / milliseconds / 1e6 : 0).toFixed(2);
  return `${flops > 0 ? `${per(flops)} GFLOP/s  ` : ''}${per(bytes)} GB/s`;
}

export function kernelLine(time: KernelTime, groups: Work['groups'], level: number): string {
  const detail = level >= 3 ? `  ${groups.join(' x ')} workgroups  ${time.bytes} bytes bound` : '';
  return `${time.milliseconds.toFixed(3).padStart(10)} ms  ${time.label}  ${speed(time)}${detail}`;
}

/** One line per kernel, the slowest first, with its share of the whole. */
export function summaryLines(totals: readonly KernelTime[]): string[] {
  const all = totals.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    `${all.toFixed(3).padStart(10)} ms  in ${totals.reduce((sum, { count }) => sum + count, 0)} dispatches of ${totals.length} kernels`,
    ...totals.map((time) => `${time.milliseconds.toFixed(3).padStart(10)} ms  ${(100 * time.milliseconds / (all || 1)).toFixed(1).padStart(5)} %  ${String(time.count).padStart(6)} x  ${time.label}  ${speed(time)}`),
  ];
}

/** Prints from now on what the level asks for. */
export function watch(profiler: Profiler, level: number, print: Print): void {
  if (level >= 2) profiler.onKernel = (time, groups) => print(kernelLine(time, groups, level));
}
