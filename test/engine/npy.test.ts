import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError, readNpy } from '../../engine/index.ts';
import { expectError } from '../support/errors.ts';
import { arrayFile, damaged, expectStored } from '../support/stored.ts';

/** A file with that header, as the format's description says; the header is not padded. */
function npy(header: string, data: ArrayLike<number>, version: readonly number[] = [1, 0]): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = version[0] === 1 ? [text.length % 256, text.length >> 8] : [text.length % 256, text.length >> 8, 0, 0];
  return Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), ...version, ...length, ...text, ...Array.from(data));
}

const header = (descr: string, shape: string, order = 'False'): string => `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe('npy', () => {
  test.each(['version1', 'version2', 'version3', 'fortran', 'fortran-bytes', 'big-endian', 'big-endian-half'])('reads what NumPy wrote: %s', (name) => {
    expectStored(readNpy(arrayFile(`${name}.npy`), name), name);
  });

  test('reads from any place of a larger buffer, and copies', () => {
    const good = arrayFile('version1.npy');
    for (const shift of [1, 2, 3]) {
      const around = new Uint8Array(good.length + 8).fill(0xee);
      around.set(good, shift);
      const found = readNpy(around.subarray(shift, shift + good.length), 'f');
      around.fill(0);
      expectStored(found, 'version1');
    }
  });

  test('takes the header\'s entries in any order, without spaces, in double quotes', () => {
    expect(readNpy(npy('{"shape":(2,),"fortran_order":False,"descr":"|u1"}', [7, 8]), 'f')).toEqual({ shape: [2], data: Uint32Array.of(7, 8), dtype: 'uint32' });
    expect(readNpy(npy('  { \'fortran_order\' : True , \'descr\' : \'<i2\' , \'shape\' : ( 1 , 2 ) } ', [1, 0, 255, 255]), 'f')).toEqual({ shape: [1, 2], data: Int32Array.of(1, -1), dtype: 'int32' });
    expect(readNpy(npy(header('\'<f4\'', '()'), [0, 0, 128, 63]), 'f')).toEqual({ shape: [], data: Float32Array.of(1), dtype: 'float32' });
    expect(readNpy(npy(header('\'<f4\'', '(0, 5)'), []), 'f')).toEqual({ shape: [0, 5], data: new Float32Array(), dtype: 'float32' });
    expect(readNpy(npy(header('\'=u2\'', '(2L,)'), [1, 0, 2, 0]), 'f').data).toEqual(Uint32Array.of(1, 2));
  });

  const long = [255, 255, 255, 127, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0];
  test.each<{ name: string; bytes: Uint8Array; parts: string[] }>([
    { name: 'nothing', bytes: new Uint8Array(), parts: ['truncated', '0 bytes'] },
    { name: 'another file', bytes: new TextEncoder().encode('PK\u0003\u0004 something else'), parts: ['not a .npy file'] },
    { name: 'a later version', bytes: npy(header('\'<f4\'', '(1,)'), [0, 0, 0, 0], [4, 0]), parts: ['version 4.0', '3.0'] },
    { name: 'a cut header', bytes: npy(header('\'<f4\'', '(1,)'), []).subarray(0, 30), parts: ['truncated', 'header'] },
    { name: 'objects', bytes: arrayFile('objects.npy'), parts: ['objects', 'Python'] },
    { name: 'a structure', bytes: arrayFile('structured.npy'), parts: ['element type', 'f4'] },
    { name: 'text', bytes: arrayFile('text.npy'), parts: ['element type', '<U2', 'supported'] },
    { name: 'complex numbers', bytes: arrayFile('complex.npy'), parts: ['element type', '<c8'] },
    { name: 'no byte order', bytes: npy(header('\'|f4\'', '(1,)'), [0, 0, 0, 0]), parts: ['element type', '|f4'] },
    { name: 'a negative size', bytes: npy(header('\'<f4\'', '(-1, 2)'), []), parts: ['(-1, 2)', 'negative'] },
    { name: 'a broken size', bytes: npy(header('\'<f4\'', '(1.5,)'), [0, 0, 0, 0]), parts: ['(1.5,)', 'no whole number', '1.5'] },
    { name: 'an empty size', bytes: npy(header('\'<f4\'', '(1,,2)'), []), parts: ['(1,,2)'] },
    { name: 'sizes beyond counting', bytes: npy(header('\'<f8\'', '(4294967296, 4294967296)'), []), parts: ['4294967296', 'more elements'] },
    { name: 'too few values', bytes: npy(header('\'<f4\'', '(2, 3)'), new Array(23).fill(0)), parts: ['truncated', '24 bytes', '(2, 3)', 'float32', 'got 23'] },
    { name: 'too many values', bytes: npy(header('\'<f4\'', '(2, 3)'), new Array(25).fill(0)), parts: ['trailing', '24 bytes', 'got 25'] },
    { name: 'no shape', bytes: npy('{\'descr\': \'<f4\', \'fortran_order\': False, }', []), parts: ['no valid entry \'shape\''] },
    { name: 'an order that is no truth value', bytes: npy(header('\'<f4\'', '(0,)', 'Maybe'), []), parts: ['no valid entry \'fortran_order\''] },
    { name: 'an entry too many', bytes: npy('{\'descr\': \'<f4\', \'fortran_order\': False, \'shape\': (0,), \'more\': 1}', []), parts: ['no dictionary of'] },
    { name: 'an entry twice', bytes: npy('{\'descr\': \'<f4\', \'descr\': \'<f4\', \'fortran_order\': False, \'shape\': (0,)}', []), parts: ['no dictionary of'] },
    { name: 'no dictionary', bytes: npy('\'descr\': \'<f4\', \'fortran_order\': False, \'shape\': (0,),', []), parts: ['no dictionary of'] },
    { name: 'int64 that does not fit', bytes: npy(header('\'<i8\'', '(2,)'), long), parts: ['element 1', '2147483648', 'int32'] },
    { name: 'uint64 that does not fit', bytes: npy(header('\'<u8\'', '(1,)'), [0, 0, 0, 0, 1, 0, 0, 0]), parts: ['element 0', '4294967296', 'uint32'] },
    { name: 'a byte that is no truth value', bytes: npy(header('\'|b1\'', '(2,)'), [1, 2]), parts: ['element 1', 'byte 2', 'truth value'] },
  ])('$name is refused', ({ bytes, parts }) => {
    expectError(() => readNpy(bytes, 'data/x.npy'), DataError, 'data/x.npy: ', ...parts);
  });

  test('whatever happens to a file, it is refused or has as many values as its shape', () => {
    const good = arrayFile('version1.npy');
    const start = 128;
    const damage = fc.record({ at: fc.nat(start - 1), byte: fc.oneof(fc.nat(255), fc.constantFrom(...Array.from('0123456789<>|()-,\'" fiuTF', (c) => c.charCodeAt(0)))), length: fc.oneof(fc.nat(good.length), fc.constant(good.length), fc.constant(good.length)) });
    let survivors = 0;
    fc.assert(fc.property(damage, (d) => {
      try {
        const { shape, data } = readNpy(damaged(good, d), 'f');
        expect(data.length).toBe(24);
        expect(shape.reduce((a, b) => a * b, 1)).toBe(24);
        survivors++;
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }), { seed: 3, numRuns: 1500 });
    expect(survivors).toBeGreaterThan(0);
    for (let length = 0; length < good.length; length++) expect(() => readNpy(good.subarray(0, length), 'f')).toThrow(DataError);
  });
});
