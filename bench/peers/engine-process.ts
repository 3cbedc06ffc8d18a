/** An engine in a process of its own: what crashes there ends nothing else, and every case starts afresh. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ANSWER } from './protocol.ts';
import type { Reply, Request } from './protocol.ts';

/** Lines of what an engine says beside its answers that are kept to explain its end. */
const LAST_LINES = 12;

export class EngineProcess {
  readonly name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #limitMs: number;
  readonly #said: string[] = [];
  #take: ((reply: Reply) => void) | null = null;

  /**
   * @param root where the command runs
   * @param limitMs how long an answer may take; then the process is ended
   */
  constructor(name: string, [program = '', ...parameters]: readonly string[], { root, environment = {}, limitMs }: { root: string; environment?: Readonly<Record<string, string>>; limitMs: number }) {
    this.name = name;
    this.#limitMs = limitMs;
    this.#child = spawn(program, parameters, { cwd: root, env: { ...process.env, ...environment } });
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.#hear(line));
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line.startsWith(ANSWER)) this.#settle(JSON.parse(line.slice(ANSWER.length)) as Reply);
      else this.#hear(line);
    });
    this.#child.on('error', (error) => this.#settle({ error: error.message }));
    this.#child.on('close', (code, signal) => this.#settle({ error: `ended (${signal ?? `exit code ${String(code)}`})${this.#said.length > 0 ? `: ${this.#said.at(-1) ?? ''}` : ''}` }));
    this.#child.stdin.on('error', () => undefined); // it ended; `close` tells
  }

  /** What it last said beside its answers. */
  get said(): readonly string[] {
    return this.#said;
  }

  /** Waits for what the process says when it is there. @throws Error as `ask` */
  hello(): Promise<Reply> {
    return this.#answer();
  }

  /** @throws Error with the engine's message, or that it ended or took too long */
  ask(request: Request): Promise<Reply> {
    const answer = this.#answer();
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer;
  }

  /** Ends the process and waits for its end. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    await new Promise<void>((resolve) => {
      this.#child.on('close', () => resolve());
      this.#child.kill('SIGKILL');
    });
  }

  async #answer(): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        resolve({ error: 'has ended' });
        return;
      }
      const late = setTimeout(() => this.#settle({ error: `no answer in ${this.#limitMs / 1000} s` }), this.#limitMs);
      this.#take = (answer) => {
        clearTimeout(late);
        resolve(answer);
      };
    });
    if (reply.error === undefined) return reply;
    await this.end();
    throw new Error(reply.error);
  }

  #hear(line: string): void {
    if (!line.trim()) return;
    this.#said.push(line.trim());
    this.#said.splice(0, this.#said.length - LAST_LINES);
  }

  #settle(reply: Reply): void {
    const take = this.#take;
    this.#take = null;
    take?.(reply);
  }
}
