/** The operations whose data may be float16. Adapters without it cannot tell, so this is a list; those that have it check it. */
export const TAKES_FLOAT16: ReadonlySet<string> = new Set([
  'add', 'sub', 'mul', 'div', 'pow', 'minimum', 'maximum', 'affine', 'neg', 'abs', 'sign', 'sqrt', 'rsqrt', 'reciprocal', 'exp', 'expm1', 'log',
  'log1p', 'sin', 'cos', 'tanh', 'relu', 'leakyRelu', 'sigmoid', 'silu', 'softplus', 'gelu', 'clamp', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'where',
  'cast', 'sum', 'mean', 'max', 'min', 'reshape', 'permute', 'transpose', 'expand', 'slice', 'flip', 'split', 'concat', 'joined', 'stack', 'contiguous', 'copy',
  'pad', 'gather', 'indexSelect', 'embedding', 'topK', 'sort', 'dot', 'outer', 'matmul', 'linear', 'conv2d', 'convTranspose2d', 'conv1d',
  'convTranspose1d', 'globalAveragePool2d', 'globalMaxPool2d', 'argmax', 'argmin', 'variance', 'std', 'logSumExp', 'norm', 'scatterAdd', 'cumsum',
  'groupedLinear', 'maxPool2d', 'maxPool1d', 'avgPool2d', 'avgPool1d', 'adaptiveAvgPool2d', 'layerNorm', 'groupNorm', 'instanceNorm', 'batchNorm',
  'softmax', 'logSoftmax', 'dropout', 'scaledDotProductAttention', 'multiHeadAttention', 'lstm', 'gru', 'crossEntropy', 'crossEntropyRows',
  'binaryCrossEntropyWithLogits', 'mseLoss', 'huberLoss', 'klDivLoss',
]);
