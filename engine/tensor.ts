/** An n-dimensional array on a device: a strided view of a storage, and its place on the tape. */
import type { Device } from './device/device.ts';
import type { Binding } from './device/stream.ts';
import type { Storage } from './device/memory.ts';
import { bytesOf, decode, dtypeOf, encode, hostArray } from './dtype.ts';
import type { DType, HostArray } from './dtype.ts';
import { DTypeError, LimitError, ShapeError, TensorError } from './errors.ts';
import { checkShape, contiguousStrides, formatShape, isContiguous, isDense, sizeOf } from './layout.ts';
import type { Shape } from './layout.ts';

export type { DType, HostArray } from './dtype.ts';

/** How a tensor came to be: the tape's entry. */
export interface TapeNode {
  /** Counts up: later nodes have larger numbers. */
  readonly serial: number;
  readonly operation: string;
  readonly parents: readonly Tensor[];
  /**
   * From the gradient of the result to the gradients of the parents, in their order; null where there is none.
   * @param place may be asked, once, where the gradient of a parent of that number is to be written: the whole of a contiguous float32 tensor of
   * its shape, which is then returned; or null
   */
  readonly derivative: (gradient: Tensor, place: (parent: number) => Tensor | null) => readonly (Tensor | null)[];
  /**
   * Of views: tensors laid out as the parents are, seen as the result sees the parents; null if they do not lie so. The derivative of such a gradient
   * must be views of it.
   */
  readonly seen?: ((parents: readonly Tensor[]) => Tensor | null) | undefined;
}

export interface View {
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** In elements. */
  readonly offset: number;
}

export class Tensor {
  readonly device: Device;
  readonly storage: Storage;
  readonly dtype: DType;
  readonly shape: Shape;
  /** In elements. */
  readonly strides: readonly number[];
  /** In elements, from the start of the storage. */
  readonly offset: number;
  /** Null for leaves and where nothing is differentiated. */
  node: TapeNode | null = null;
  /** True for leaves whose gradient is wanted, and for all that depends on one. */
  requiresGrad = false;
  /** Gradient of a leaf; `backward` adds to it. */
  grad: Tensor | null = null;
  /** The gradient is part of a larger tensor, as an arena's are: it is only ever added to in place. */
  gradIsFixed = false;

  constructor(device: Device, storage: Storage, dtype: DType, view: View) {
    this.device = device;
    this.storage = storage;
    this.dtype = dtype;
    this.shape = view.shape;
    this.strides = view.strides;
    this.offset = view.offset;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  get isContiguous(): boolean {
    return isContiguous(this.shape, this.strides);
  }

  /** Stored without gaps, in any order of dimensions. */
  get isDense(): boolean {
    return isDense(this.shape, this.strides);
  }

  /** Bytes from the start of the storage to the first element. */
  get #start(): number {
    return this.offset * bytesOf(this.dtype);
  }

  /** True where a kernel can bind the tensor from its first element on: at a multiple of 256 bytes. */
  get isAligned(): boolean {
    return this.#start % 256 === 0;
  }

  /** The range that a kernel binds: from the first element to the end of the storage, or as far as a binding reaches. Dense, aligned tensors only. */
  get binding(): Binding {
    if (!this.isAligned) throw new TensorError(`internal: a tensor at element ${this.offset} cannot be bound directly`);
    const offset = this.#start;
    const bytes = this.size * bytesOf(this.dtype);
    const limit = this.device.bindingLimit;
    if (bytes > limit) throw new LimitError(`a tensor of ${bytes} bytes exceeds the adapter's limit of ${limit} bytes for one binding`);
    return { storage: this.storage, offset, size: Math.min(this.storage.size - offset, limit) };
  }

  /** The range of its own elements, up to a multiple of 256 bytes: for kernels that touch no others. Contiguous, aligned tensors only. */
  get extent(): Binding {
    const { storage, offset, size } = this.binding;
    return { storage, offset, size: Math.min(size, Math.ceil(Math.max(1, this.size) * bytesOf(this.dtype) / 256) * 256) };
  }

  /** A view of the same elements, off the tape. */
  view(view: View): Tensor {
    return new Tensor(this.device, this.storage, this.dtype, view);
  }

  /** The same values as a constant: nothing flows back through it. */
  detach(): Tensor {
    return this.view(this);
  }

  /**
   * Overwrites the values, in row-major order: new inputs for a captured step.
   * @throws ShapeError unless the tensor is contiguous and there is one value for each element; TensorError for float16 unless it starts at
   * an even element and has an even number of them, because the device is written in words of 32 bits
   */
  write(data: HostArray | readonly number[]): void {
    if (!this.isContiguous || data.length !== this.size) throw new ShapeError(`write: expected ${this.size} values for a contiguous tensor, got ${data.length} for ${formatShape(this.shape)} with strides ${formatShape(this.strides)}`);
    const bytes = this.size * bytesOf(this.dtype);
    if (this.#start % 4 !== 0 || bytes % 4 !== 0) throw new TensorError(`write: a float16 tensor is written in pairs of elements, expected an even number of them from an even place, got ${this.size} from ${this.offset}`);
    if (bytes > 0) this.device.overwrite({ storage: this.storage, offset: this.#start, size: bytes }, encode(this.dtype, data));
  }

  /**
   * Copies the values to the host, in row-major order.
   * @throws DeviceError if the device refused any command up to here, IndexError if a kernel found an index out of range
   */
  async read(): Promise<HostArray> {
    if (this.size === 0) {
      if (this.device.faults.arePending) await this.device.finish();
      return hostArray(this.dtype, 0);
    }
    const bytes = bytesOf(this.dtype);
    const span = this.shape.reduce((last, size, i) => last + (size - 1) * (this.strides[i] ?? 0), 0) + 1;
    // Reading starts at a whole word.
    const lead = (this.#start % 4) / bytes;
    const stored = await this.device.read({ storage: this.storage, offset: (this.offset - lead) * bytes, size: (lead + span) * bytes });
    const raw = lead === 0 ? decode(this.dtype, stored) : decode(this.dtype, stored).subarray(lead);
    if (this.isContiguous) return raw;
    const out = hostArray(this.dtype, this.size);
    const index = new Array<number>(this.rank).fill(0);
    for (let i = 0; i < out.length; i++) {
      out[i] = raw[index.reduce((at, x, d) => at + x * (this.strides[d] ?? 0), 0)] ?? 0;
      for (let d = this.rank - 1; d >= 0; d--) {
        const next = (index[d] ?? 0) + 1;
        index[d] = next < (this.shape[d] ?? 0) ? next : 0;
        if (index[d] !== 0) break;
      }
    }
    return out;
  }

  /** The value of a tensor of one element. */
  async item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError(`item: expected one element, got shape ${formatShape(this.shape)}`);
    return (await this.read())[0] ?? NaN;
  }

  /** Moves the tensor out of the current memory scope, into the one around it. Returns itself. */
  keep(): this {
    this.device.keep(this.storage);
    return this;
  }

  /** Frees the memory now, for this tensor and all views of it. */
  dispose(): void {
    this.storage.free();
  }

  toString(): string {
    return `Tensor(${this.dtype} ${formatShape(this.shape)})`;
  }
}

/**
 * An uninitialised contiguous tensor. For operations, which write every element.
 * @throws DTypeError for float16 on an adapter without it
 */
export function empty(device: Device, shape: Shape, dtype: DType = 'float32'): Tensor {
  if (dtype === 'float16' && !device.features.includes('shader-f16')) throw new DTypeError(`float16 needs the feature shader-f16, which this adapter (${device.adapter.name}) does not have; use float32`);
  // Whole vec4 plus one: kernels that work on four elements at a time may touch the padding.
  const bytes = (Math.ceil(sizeOf(shape) / 4) + 1) * 4 * bytesOf(dtype);
  return new Tensor(device, device.allocate(bytes), dtype, { shape, strides: contiguousStrides(shape), offset: 0 });
}

/** An uninitialised tensor stored like another one, which is dense. */
export function emptyLike(other: Tensor): Tensor {
  return emptyOf(other, other.dtype);
}

/** As `emptyLike`, of another type. */
export function emptyOf(other: Tensor, dtype: DType): Tensor {
  const out = empty(other.device, other.shape, dtype);
  return out.view({ shape: other.shape, strides: other.strides, offset: 0 });
}

export interface TensorOptions {
  readonly dtype?: DType;
  readonly requiresGrad?: boolean;
}

/**
 * A tensor of given values in row-major order.
 * @param data numbers or a typed array; its type decides the dtype unless `dtype` does. For float16 they are rounded to the nearest, ties to even
 * @throws ShapeError when the number of values is not the shape's; DTypeError for float16 on an adapter without the feature `shader-f16`
 * @example tensor(device, [1, 2, 3, 4], [2, 2])
 */
export function tensor(device: Device, data: HostArray | readonly number[], shape?: Shape, options: TensorOptions = {}): Tensor {
  const dims = shape ?? [data.length];
  checkShape(dims);
  if (sizeOf(dims) !== data.length) throw new ShapeError(`tensor: shape ${formatShape(dims)} holds ${sizeOf(dims)} values, got ${data.length}`);
  const dtype = options.dtype ?? dtypeOf(data);
  const out = empty(device, dims, dtype);
  if (data.length > 0) device.upload(out.storage, encode(dtype, data));
  return options.requiresGrad ? asLeaf(out) : out;
}

/**
 * Marks a tensor as a leaf whose gradient is wanted. What is trained is held in float32; half precision comes by a cast on the tape.
 * @throws DTypeError unless it is float32
 */
export function asLeaf(leaf: Tensor): Tensor {
  if (leaf.dtype !== 'float32') throw new DTypeError(`only float32 leaves have gradients, this one is ${leaf.dtype}`);
  leaf.requiresGrad = true;
  return leaf;
}

/** Zeros. */
export function zeros(device: Device, shape: Shape, options: TensorOptions = {}): Tensor {
  checkShape(shape);
  const out = empty(device, shape, options.dtype ?? 'float32');
  device.clear(out.binding);
  return options.requiresGrad ? asLeaf(out) : out;
}

/** @throws TensorError when the tensors live on different devices */
export function checkDevices(operation: string, ...tensors: readonly Tensor[]): void {
  const device = tensors[0]?.device;
  for (const t of tensors) if (t.device !== device) throw new TensorError(`${operation}: the tensors live on different devices`);
}

/** @throws DTypeError */
export function checkDType(operation: string, t: Tensor, dtype: DType): void {
  if (t.dtype !== dtype) throw new DTypeError(`${operation}: expected ${dtype}, got ${t.dtype}; cast(x, '${dtype}') converts`);
}

/** @throws DTypeError unless the tensor is float32, or float16 for operations that take it by way of float32 */
export function checkFloating(operation: string, t: Tensor): void {
  if (t.dtype !== 'float16') checkDType(operation, t, 'float32');
}

/** @throws DTypeError when the tensors are of different types */
export function checkSameDType(operation: string, ...tensors: readonly Tensor[]): void {
  const dtypes = [...new Set(tensors.map((t) => t.dtype))];
  if (dtypes.length > 1) throw new DTypeError(`${operation}: expected operands of one type, got ${dtypes.join(' and ')}; convert with cast`);
}
