#!/usr/bin/env node
/** The command line. */
import { Command, CommanderError } from 'commander';
import { compareCommand } from './commands/compare.ts';
import { datasetsCommand, methodsCommand, modelsCommand } from './commands/lists.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { fetchCommand } from './commands/fetch.ts';
import { predictCommand } from './commands/predict.ts';
import { quickstartCommand } from './commands/quickstart.ts';
import { reportCommand } from './commands/report.ts';
import { reproduceCommand } from './commands/reproduce.ts';
import { resumeCommand } from './commands/resume.ts';
import { trainCommand } from './commands/train.ts';
import { EXIT, exitCodeOf, messageOf } from './exit.ts';

const program = new Command('lazygrad')
  .description('one shared network, many tasks, any GPU that speaks WebGPU')
  .addHelpText('after', '\nExample:\n  $ lazygrad train --dataset mnist-pair --method apo --limit 4000');

for (const command of [doctorCommand(), datasetsCommand(), methodsCommand(), modelsCommand(), trainCommand(), compareCommand(), resumeCommand(), evaluateCommand(), predictCommand(), reportCommand(), reproduceCommand(), fetchCommand(), quickstartCommand()]) program.addCommand(command);

for (const command of [program, ...program.commands]) {
  command.exitOverride().configureOutput({
    // One line, suggestion included.
    outputError: (text, write) => write(`${text.trim().replace(/\n+/g, ' ')}\n`),
  });
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}
