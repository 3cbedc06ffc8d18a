import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createProgress, drawBar } from '../../cli/progress.ts';
import type { ProgressEvent } from '../../methods/events.ts';
import { epoch, start } from './runs.ts';

function fakeStream(properties: { isTTY?: boolean; columns?: number }): { stream: NodeJS.WriteStream; text: () => string } {
  const pipe = new PassThrough({ encoding: 'utf8' });
  let text = '';
  pipe.on('data', (chunk: string) => (text += chunk));
  return { stream: Object.assign(pipe, properties) as unknown as NodeJS.WriteStream, text: () => text };
}

const step = (task: string, n: number, steps = 3, ofEpoch = 1): ProgressEvent => ({ type: 'progress', epoch: ofEpoch, task, step: n, steps });
const results = [
  { name: 'mnist', loss: 0.12345, validation: 0.97531 },
  { name: 'fashion-mnist', loss: NaN, validation: 0.8 },
];

describe('where there is no terminal', () => {
  test('one plain line per epoch and task, then the results', () => {
    let time = 0;
    const { stream, text } = fakeStream({});
    const progress = createProgress(stream, { now: () => time });
    progress.onEvent(start());
    for (const task of ['mnist', 'fashion-mnist']) {
      for (let n = 1; n <= 3; n++) {
        progress.onEvent(step(task, n));
        time += 250;
      }
    }
    progress.onEvent(epoch(1, results, { owned: [0.25, 0.1], protected: [0.1, 0.25], unclaimed: 0.65 }));
    progress.onEvent(step('mnist', 1, 1, 2));
    progress.onEvent(epoch(2, results, null, ['fashion-mnist', 'mnist']));
    progress.stop();
    expect(text()).toBe(
      [
        'epoch 1/2  mnist          3 steps  4.0 steps/s',
        'epoch 1/2  fashion-mnist  3 steps  4.0 steps/s',
        'epoch 1/2  mnist          loss 0.1235  validation 97.53 %  owned 25.0 %  protected 10.0 %',
        'epoch 1/2  fashion-mnist  loss –  validation 80.00 %  owned 10.0 %  protected 25.0 %',
        'epoch 1/2  done in 12 s  unclaimed 65.0 %',
        'epoch 2/2  mnist          1 steps',
        'epoch 2/2  mnist          loss 0.1235  validation 97.53 %',
        'epoch 2/2  fashion-mnist  loss –  validation 80.00 %',
        'epoch 2/2  done in 12 s  order fashion-mnist, mnist',
        '',
      ].join('\n'),
    );
  });

  test('tasks that take turns get one line each, when their last step is done', () => {
    let time = 0;
    const { stream, text } = fakeStream({});
    const progress = createProgress(stream, { now: () => time });
    progress.onEvent(start());
    for (const [task, n] of [['mnist', 1], ['fashion-mnist', 1], ['mnist', 2], ['fashion-mnist', 2], ['fashion-mnist', 3]] as const) {
      progress.onEvent(step(task, n, task === 'mnist' ? 2 : 3));
      time += 250;
    }
    expect(text()).toBe('epoch 1/2  mnist          2 steps  2.0 steps/s\nepoch 1/2  fashion-mnist  3 steps  2.7 steps/s\n');
  });

  test('no control characters but the ends of lines', () => {
    const { stream, text } = fakeStream({ isTTY: false });
    const progress = createProgress(stream);
    progress.onEvent(start());
    for (let n = 1; n <= 3; n++) progress.onEvent(step('mnist', n));
    progress.onEvent(epoch(1, results));
    progress.stop();
    expect(text().replaceAll('\n', '')).toMatch(/^\P{Cc}+$/u);
  });
});

describe('on a terminal', () => {
  const HIDE = '\x1b[?25l';
  const SHOW = '\x1b[?25h';

  test('bars of tasks that take turns stand below each other, with speed and time to go', async () => {
    let time = 0;
    const { stream, text } = fakeStream({ isTTY: true, columns: 120 });
    const progress = createProgress(stream, { now: () => time });
    progress.onEvent(start());
    for (let n = 1; n <= 40; n++) {
      progress.onEvent(step('mnist', n, 125));
      progress.onEvent(step('fashion-mnist', n, 125));
      time += 100;
    }
    await expect.poll(text, { timeout: 10_000 }).toContain('epoch 1/2  fashion-mnist  [======>             ] 40/125  10 steps/s  eta 9 s');
    expect(text()).toContain('epoch 1/2  mnist          [======>             ] 40/125  10 steps/s  eta 9 s');
    progress.stop();
  });

  test('stop gives the cursor back once, whenever it comes', () => {
    const { stream, text } = fakeStream({ isTTY: true, columns: 120 });
    const progress = createProgress(stream);
    progress.stop();
    expect(text()).toBe('');
    progress.onEvent(start());
    progress.onEvent(step('mnist', 1));
    expect(text()).toContain(HIDE);
    progress.stop();
    progress.stop();
    expect(text().split(SHOW)).toHaveLength(2);
    expect(text().lastIndexOf(SHOW)).toBeGreaterThan(text().lastIndexOf(HIDE));
  });

  test('the results of an epoch come after its bars are gone', () => {
    const { stream, text } = fakeStream({ isTTY: true, columns: 120 });
    const progress = createProgress(stream);
    progress.onEvent(start());
    progress.onEvent(step('mnist', 3));
    progress.onEvent(epoch(1, results));
    expect(text().indexOf('loss 0.1235')).toBeGreaterThan(text().lastIndexOf(SHOW));
    progress.stop();
  });
});

test.each([
  [0, '[>                   ]'],
  [1, '[=====>              ]'],
  [3, '[===============>    ]'],
  [4, '[====================]'],
])('the bar of %i of 4', (n, bar) => {
  expect(drawBar(n, 4)).toBe(bar);
});
