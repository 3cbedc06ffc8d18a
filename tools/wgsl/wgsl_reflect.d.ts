// The package's own types belong to an entry that Node cannot load.
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export { ResourceType, WgslParser, WgslReflect } from 'wgsl_reflect';
}
