/** What the name of a parameter tells: those of PyTorch's layers. */

/** `fc1.bias`, `lstm.bias_ih_l0`, `attention.in_proj_bias`. */
export const isBias = (name: string): boolean => /bias[^.]*$/.test(name);

/** The layer that a parameter is of: all of its name but the last part. */
export const layerOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));
