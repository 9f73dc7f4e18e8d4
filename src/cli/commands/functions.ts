import { constantTable, engineVersion, functionTable, operatorTable, type NumberMode } from '../../expression/index.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandFailure, exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatTable } from '../text.ts';

export interface FunctionsOptions {
  readonly mode?: NumberMode;
  readonly json?: boolean;
}

/** `mathmill functions`: what expressions can be made of; with a name, all about that one. */
export async function functionsCommand(
  { output }: CommandContext,
  name: string | undefined,
  options: FunctionsOptions,
): Promise<ExitCode> {
  const { mode } = options;
  const isJson = options.json === true;
  const hasMode = (row: { readonly modes: readonly NumberMode[] }): boolean =>
    mode === undefined || row.modes.includes(mode);
  const functions = functionTable.filter(hasMode);
  const constants = constantTable.filter(hasMode);
  if (name !== undefined) await output.line(describeName(name, isJson));
  else if (isJson) {
    await output.line(
      JSON.stringify({ engine_version: engineVersion, operators: operatorTable, functions, constants }),
    );
  } else {
    const operatorRows = operatorTable.map((row) => [row.symbols.join(' '), row.description]);
    const nameRows = [
      ...functions.map((row) => [row.signature, row.description]),
      ...constants.map((row) => [row.name, row.description]),
    ];
    await output.line(toTable('OPERATOR', operatorRows));
    await output.line();
    await output.line(toTable('NAME', nameRows));
  }
  return exitCodes.ok;
}

function toTable(title: string, rows: readonly (readonly string[])[]): string {
  return formatTable(
    [
      { title, align: 'left' },
      { title: 'MEANING', align: 'left' },
    ],
    rows,
  );
}

function describeName(name: string, isJson: boolean): string {
  const functionRow = functionTable.find((row) => row.name === name);
  const row = functionRow ?? constantTable.find((row) => row.name === name);
  if (row === undefined) {
    throw new CommandFailure(
      `there is no function or constant ${JSON.stringify(name)}; "mathmill functions" lists all`,
    );
  }
  if (isJson) return JSON.stringify(row);
  const bound = functionRow?.bound ?? '';
  const lines = [
    functionRow?.signature ?? name,
    `  ${row.description}`,
    ...(bound === '' ? [] : [`  Takes ${bound}.`]),
    `  Modes: ${row.modes.join(', ')}`,
    ...row.examples.map(({ line, result, mode }) => `  ${line} = ${result}${mode === undefined ? '' : ` (${mode})`}`),
  ];
  return lines.join('\n');
}
