/** The public functions of the engine and what their documentation says, read from the sources. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Documented {
  readonly name: string;
  readonly text: string;
  /** True if it gives a tensor, several, or an object of them. */
  readonly givesTensors: boolean;
}

export function publicFunctions(): Documented[] {
  const entry = fileURLToPath(new URL('../../engine/index.ts', import.meta.url));
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler, allowImportingTsExtensions: true, allowArbitraryExtensions: true, noEmit: true, skipLibCheck: true, strict: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error('engine/index.ts cannot be read');
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declaration = symbol.valueDeclaration;
    if (!declaration || !ts.isFunctionDeclaration(declaration)) return [];
    const returned = checker.getTypeOfSymbol(symbol).getCallSignatures()[0]!.getReturnType();
    const shown = (type: ts.Type): string => checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias);
    const isPlain = /^(Readonly<|\{|[A-Z]\w*(State|Result)$)/.test(shown(returned));
    const parts = [returned, ...isPlain ? returned.getProperties().map((property) => checker.getTypeOfSymbol(property)) : []];
    return [{ name: exported.name, text: ts.displayPartsToString(symbol.getDocumentationComment(checker)), givesTensors: parts.some((type) => /\bTensor\b/.test(shown(type))) }];
  });
}

/** `torch.x` of the sentence «PyTorch: `torch.x`». */
export function torchName(text: string): string | null {
  return /PyTorch: `([^`]+)`/.exec(text)?.[1] ?? null;
}
