/** What a `.wgsl` file becomes when it is imported: its text and its interface, read by reflection when the package is built. */

export interface EntryShape {
  readonly buffers: Readonly<Record<string, 'read' | 'read_write'>>;
  readonly params: Readonly<Record<string, number | readonly number[]>>;
}

export interface KernelShape {
  readonly entries: Readonly<Record<string, EntryShape>>;
  readonly overrides: Readonly<Record<string, number>>;
}

export interface ParamField {
  readonly name: string;
  readonly type: string;
  /** In bytes. */
  readonly offset: number;
}

export interface EntryPoint {
  readonly workgroupSize: readonly [number, number, number];
  readonly buffers: readonly { readonly name: string; readonly binding: number; readonly access: 'read' | 'read_write' }[];
  readonly params: { readonly binding: number; readonly size: number; readonly fields: readonly ParamField[] } | null;
}

/** `S` exists for the type checker alone: the names that a caller must give. */
export interface Kernel<S extends KernelShape = KernelShape> {
  readonly name: string;
  readonly code: string;
  /** WebGPU features that the device must have. */
  readonly features: readonly string[];
  /** Override constants and their WGSL types. */
  readonly overrides: Readonly<Record<keyof S['overrides'], string>>;
  readonly entries: Readonly<Record<keyof S['entries'], EntryPoint>>;
}

/** What a kernel's parameters are called. */
export type ParamsOf<K> = K extends Kernel<infer S> ? S['entries'][keyof S['entries']]['params'] : never;

/** Values of a kernel's parameters, by name. */
export type ParamValues = Readonly<Record<string, number | readonly number[]>>;

/** Values, or a function that is asked for them at the dispatch, and anew at every replay of a captured step. */
export type ParamSource<V = ParamValues> = V | (() => V);

/** Writes parameter values into a uniform block at the offsets that reflection found. */
export function writeParams(kernel: string, entry: EntryPoint, source: ParamSource, view: DataView, at: number): void {
  const values = typeof source === 'function' ? source() : source;
  for (const field of entry.params?.fields ?? []) {
    const value = values[field.name];
    if (value === undefined) throw new TypeError(`kernel ${kernel}: parameter ${field.name} is missing`);
    const scalar = field.type.startsWith('vec') ? field.type.slice(-1) : field.type[0];
    const start = at + field.offset;
    if (typeof value === 'number') writeScalar(view, start, scalar, value);
    else for (let i = 0; i < value.length; i++) writeScalar(view, start + 4 * i, scalar, value[i] ?? 0);
  }
}

function writeScalar(view: DataView, at: number, type: string | undefined, value: number): void {
  if (type === 'f') view.setFloat32(at, value, true);
  else if (type === 'i') view.setInt32(at, value, true);
  else view.setUint32(at, value, true);
}
