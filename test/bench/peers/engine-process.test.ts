/** What an engine's process may do, played by small programs. */
import { expect, onTestFinished, test } from 'vitest';
import { EngineProcess } from '../../../bench/peers/engine-process.ts';

function playing(program: string): EngineProcess {
  const engine = new EngineProcess('played', [process.execPath, '-e', program], { root: process.cwd(), limitMs: 60_000 });
  onTestFinished(() => engine.end());
  return engine;
}

const HELLO = 'console.log(\'@answer {"version":"1"}\');';

test('an answer comes back, whatever else is written on the way', async () => {
  const engine = playing(`console.log("a driver's notice"); ${HELLO} process.stdin.on('data', (line) => { console.error('!'); console.log('@answer ' + JSON.stringify({ ms: [JSON.parse(line).count] })); });`);
  expect(await engine.hello()).toEqual({ version: '1' });
  expect(await engine.ask({ do: 'step', count: 3, atOnce: 1 })).toEqual({ ms: [3] });
  expect(engine.said).toContain('a driver\'s notice');
});

test('an error that the engine tells is thrown', async () => {
  await expect(playing('console.log(\'@answer {"error":"no adapter"}\')').hello()).rejects.toThrow('no adapter');
});

test('a crash is thrown with the last line that was said, and so is every question after it', async () => {
  const engine = playing(`${HELLO} process.stdin.on('data', () => { console.error('out of memory'); process.kill(process.pid, 'SIGSEGV'); });`);
  await engine.hello();
  await expect(engine.ask({ do: 'step', count: 1, atOnce: 1 })).rejects.toThrow('ended (SIGSEGV): out of memory');
  await expect(engine.ask({ do: 'step', count: 1, atOnce: 1 })).rejects.toThrow('has ended');
});

test('a program that is not there is an error, not the end of the run', async () => {
  await expect(new EngineProcess('none', ['/no/such/program'], { root: process.cwd(), limitMs: 60_000 }).hello()).rejects.toThrow('ENOENT');
});
