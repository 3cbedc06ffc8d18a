/** Exit codes, and how an error ends the program: one line, no stack. */
import { CheckpointError, ConfigError, DataError, DeviceError, LazygradError, LimitError } from '../engine/index.ts';

export const EXIT = { done: 0, unexpected: 1, usage: 2, data: 3, device: 4, checkpoint: 5, interrupted: 130 } as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.usage;
  if (error instanceof DataError) return EXIT.data;
  if (error instanceof DeviceError || error instanceof LimitError) return EXIT.device;
  if (error instanceof CheckpointError) return EXIT.checkpoint;
  return EXIT.unexpected;
}

/** The line that a person sees. What nobody expected keeps its stack: that is a bug to report. */
export function messageOf(error: unknown): string {
  if (error instanceof LazygradError) return `error: ${error.message}`;
  return `unexpected error: ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
}
