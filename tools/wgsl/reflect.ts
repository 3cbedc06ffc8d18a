/** Turns a `.wgsl` file into a plain description that the engine can bind by name: see `kernels/README.md` for the convention. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { EntryPoint } from '../../engine/device/kernel.ts';
import { ResourceType, WgslParser, WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';

export interface KernelDescription {
  readonly name: string;
  readonly code: string;
  readonly features: readonly string[];
  readonly overrides: Readonly<Record<string, string>>;
  readonly entries: Readonly<Record<string, EntryPoint>>;
}

/** `//#include "other.wgsl"` on a line of its own puts that file's text there. */
export function readKernel(path: string, onFile: (path: string) => void = () => undefined): string {
  onFile(path);
  return readFileSync(path, 'utf8').replace(/^\/\/#include "([^"]+)"$/gm, (_, file: string) => readKernel(join(dirname(path), file), onFile).trimEnd());
}

interface Node {
  astNodeType: string;
  name: string;
  type?: { name: string } | null;
}

const FIELD_TYPES = new Set(['u32', 'i32', 'f32', 'vec2u', 'vec4u', 'vec4i', 'vec4f']);

function fieldType(file: string, type: { name: string; format?: { name: string } | null }): string {
  const short = type.format ? `${type.name}${type.format.name[0] ?? ''}` : type.name;
  if (!FIELD_TYPES.has(short)) throw new Error(`${file}: params field of type ${short}; use one of ${[...FIELD_TYPES].join(', ')}`);
  return short;
}

/** wgsl_reflect does not know Dawn's subgroup matrices: it is shown numbers in their place, and calls without templates. What it reads off stays the same. */
function withoutMatrices(code: string): string {
  return code.replace(/\bsubgroup_matrix_\w+<[^<>]*>/g, 'f32').replace(/\b(subgroupMatrix\w+)<[^<>]*>/g, '$1');
}

export function describeKernel(path: string, code: string): KernelDescription {
  const file = basename(path);
  const plain = withoutMatrices(code);
  const nodes = new WgslParser().parse(plain) as unknown as Node[];
  const overrides: Record<string, string> = {};
  for (const node of nodes) {
    if (node.astNodeType !== 'override') continue;
    if (!node.type) throw new Error(`${file}: override ${node.name} needs an explicit type`);
    overrides[node.name] = node.type.name;
  }
  const features = nodes.filter((node) => node.astNodeType === 'enable').map((node) => node.name === 'f16' ? 'shader-f16' : node.name.replaceAll('_', '-'));
  const entries: Record<string, EntryPoint> = {};
  for (const entry of new WgslReflect(plain).entry.compute) {
    const buffers: { name: string; binding: number; access: 'read' | 'read_write' }[] = [];
    let params: EntryPoint['params'] = null;
    for (const resource of entry.resources) {
      if (resource.group !== 0) throw new Error(`${file}: ${resource.name} is in group ${resource.group}; all bindings belong to group 0`);
      if (resource.resourceType === ResourceType.Uniform) {
        if (resource.name !== 'params') throw new Error(`${file}: the uniform is called ${resource.name}; it must be called params`);
        const members = (resource.type as unknown as { members: { name: string; offset: number; type: { name: string; format?: { name: string } | null } }[] }).members;
        params = { binding: resource.binding, size: Math.ceil(resource.size / 16) * 16, fields: members.map((m) => ({ name: m.name, type: fieldType(file, m.type), offset: m.offset })) };
      } else {
        buffers.push({ name: resource.name, binding: resource.binding, access: resource.access === 'read_write' ? 'read_write' : 'read' });
      }
    }
    buffers.sort((a, b) => a.binding - b.binding);
    const [x = 1, y = 1, z = 1] = workgroupSize(entry.name, code);
    entries[entry.name] = { workgroupSize: [x, y, z], buffers, params };
  }
  if (Object.keys(entries).length === 0) throw new Error(`${file}: no @compute entry point`);
  return { name: file.replace(/\.wgsl$/, ''), code, features, overrides, entries };
}

function workgroupSize(entry: string, code: string): number[] {
  const attribute = new RegExp(`@workgroup_size\\(([^)]*)\\)\\s*fn\\s+${entry}\\b`).exec(code);
  if (!attribute?.[1]) throw new Error(`entry ${entry}: write \`@compute @workgroup_size(...)\` directly before \`fn\``);
  return attribute[1].split(',').map((term) => {
    const word = term.trim().replace(/u$/, '');
    const constant = new RegExp(`\\b(?:const|override)\\s+${word}\\s*(?::\\s*u32)?\\s*=\\s*(\\d+)`).exec(code);
    const value = Number(constant?.[1] ?? word);
    if (!Number.isInteger(value)) throw new Error(`entry ${entry}: workgroup size ${term.trim()} is not a number or a constant`);
    return value;
  });
}

/** The declaration beside a kernel: what its buffers, parameters and overrides are called. */
export function declareKernel(kernel: KernelDescription): string {
  const record = (pairs: readonly (readonly [string, string])[]): string => pairs.length === 0 ? 'Record<never, never>' : `{ ${pairs.map(([name, type]) => `readonly ${name}: ${type}`).join('; ')} }`;
  const hostType = (type: string): string => type.startsWith('vec') ? 'readonly number[]' : 'number';
  const entries = Object.entries(kernel.entries).map(([name, entry]) => [name, record([
    ['buffers', record(entry.buffers.map((b) => [b.name, `'${b.access}'`]))],
    ['params', record((entry.params?.fields ?? []).map((f) => [f.name, hostType(f.type)]))],
  ])] as const);
  return [
    `declare const kernel: import('../engine/device/kernel.ts').Kernel<${record([['entries', record(entries)], ['overrides', record(Object.keys(kernel.overrides).map((name) => [name, 'number']))]])}>;`,
    'export default kernel;',
    '',
  ].join('\n');
}
