/** The bytes of an element of a MAT-file one after the other: as they lie in the file, or what they unpack to. */

/** Complains about the element at hand. */
export type MatComplain = (what: string) => never;

export interface ByteSource {
  /** The next `length` bytes; complains where there are fewer. */
  take(length: number): Uint8Array | Promise<Uint8Array>;
  /** Complains where there are more. */
  end(): void | Promise<void>;
  /** Nothing more is taken. */
  close(): void | Promise<void>;
}

/** No deflated byte stands for more than this many. */
const BEST_RATIO = 1032;

export function plainSource(bytes: Uint8Array, complain: MatComplain): ByteSource {
  let at = 0;
  return {
    take: (length) => {
      if (length > bytes.length - at) complain(`truncated: expected ${length} bytes more, got ${bytes.length - at}`);
      at += length;
      return bytes.subarray(at - length, at);
    },
    end: () => {
      if (at < bytes.length) complain(`holds ${bytes.length - at} bytes more than the array needs`);
    },
    close: () => undefined,
  };
}

/** By the platform's own decompressor, and no further than it is taken. */
export function inflatedSource(packed: Uint8Array, complain: MatComplain): ByteSource {
  const reader = new Blob([new Uint8Array(packed)]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  let chunk: Uint8Array = new Uint8Array();
  /** False at the end, where the platform has checked the checksum. */
  const more = async (): Promise<boolean> => {
    while (chunk.length === 0) {
      const { done, value } = await reader.read().catch(() => complain('damaged: it does not unpack'));
      if (done) return false;
      chunk = value;
    }
    return true;
  };
  return {
    take: async (length) => {
      // Before anything is allocated: a few bytes do not unpack to many.
      if (length > packed.length * BEST_RATIO) complain(`damaged: ${packed.length} bytes cannot unpack to ${length}`);
      const out = new Uint8Array(length);
      for (let at = 0; at < length;) {
        if (!(await more())) complain(`truncated: unpacks to ${at} bytes where ${length} are expected`);
        const part = chunk.subarray(0, length - at);
        out.set(part, at);
        at += part.length;
        chunk = chunk.subarray(part.length);
      }
      return out;
    },
    end: async () => {
      if (await more()) complain('unpacks to more bytes than the array needs');
    },
    close: () => reader.cancel().catch(() => undefined),
  };
}
