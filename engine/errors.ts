/** Every error that the library throws on purpose. The message says what was expected, what came, and where. */

export class LazygradError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** A shape, rank, axis or size that the operation does not accept. */
export class ShapeError extends LazygradError {}
/** An element type that the operation or the adapter does not support. */
export class DTypeError extends LazygradError {}
/** Past what the adapter can do in one piece: workgroups, binding size, buffer size. */
export class LimitError extends LazygradError {}
/** No adapter, a lost device, out of memory, or a command that the device refused. */
export class DeviceError extends LazygradError {}
/** A tensor used after it was freed, on another device's, or where the tape forbids it. */
export class TensorError extends LazygradError {}
/** A data file that is missing, damaged or not what it claims to be. */
export class DataError extends LazygradError {}
/** A checkpoint that is damaged or belongs to something else. */
export class CheckpointError extends LazygradError {}
/** An index, in a tensor of indices, that points outside its axis. Found by a kernel, thrown at the next read-back or `finish()`. */
export class IndexError extends LazygradError {}
/** An option out of range or an unknown name. */
export class ConfigError extends LazygradError {}
/** Values that are not finite where the computation cannot go on with them. */
export class NumericsError extends LazygradError {}
