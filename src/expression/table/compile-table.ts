import { formulasMax } from '../limits.ts';
import { createMachine } from '../line-evaluator.ts';
import { Parser } from '../parser.ts';
import { LineFault } from '../scanner.ts';
import { encodeUtf8, utf16Length } from '../utf8.ts';
import { compiledFormula } from './compiled-formula.ts';
import type { CompiledFormula } from './compiled-formula.ts';
import { shownName } from './shown-name.ts';
import { createFormulaNames } from './table-names.ts';
import { TableEvaluator } from './table-evaluator.ts';
import { findTotal } from './total-columns.ts';
import { refuse, TableRefusal } from './table-refusal.ts';
import type { Compilation, TableSettings } from './table-settings.ts';
import { TableSources } from './table-sources.ts';

/**
 * Compiles the formulas of a table and orders them so that each comes after those that it uses. Throws a RangeError when
 * the precision is not an integer from 1 to 100.
 */
export function compileTable(settings: TableSettings): Compilation {
  const compiler = new TableCompiler(settings);
  try {
    return compiler.compile();
  } catch (thrown) {
    if (thrown instanceof TableRefusal) return thrown.refused;
    throw thrown;
  }
}

/** Compiles each formula when its turn comes or when another one mentions it, whichever is first. */
class TableCompiler {
  private readonly settings: TableSettings;
  private readonly sources = new TableSources();
  private readonly compiled: (CompiledFormula | undefined)[] = [];
  private readonly order: number[] = [];
  /** The formulas that are being compiled, each because the one before it mentions it. */
  private readonly open: number[] = [];
  private bytes = 0;

  constructor(settings: TableSettings) {
    this.settings = settings;
  }

  compile(): Compilation {
    const { settings, sources, order } = this;
    checkNames(settings);
    settings.formulas.forEach((_, index) => this.formula(index));
    const totals = settings.totals.map((_, index) => sources.add(findTotal(settings, index)));
    const formulas = this.compiled.filter((formula) => formula !== undefined);
    const cost = formulas.reduce((sum, { program }) => sum + program.cost, this.bytes);
    return {
      kind: 'compiled',
      columns: sources.columns,
      order,
      cost,
      createEvaluator: () =>
        new TableEvaluator(
          createMachine(settings.mode, settings.precision),
          { formulas, order, totals, sources },
          settings,
        ),
    };
  }

  /** The formula compiled, after all that it uses. */
  private formula(index: number): CompiledFormula {
    const known = this.compiled[index];
    if (known !== undefined) return known;
    this.open.push(index);
    const compiled = this.parse(index);
    this.open.pop();
    this.compiled[index] = compiled;
    this.order.push(index);
    return compiled;
  }

  private parse(index: number): CompiledFormula {
    const { name, text } = this.settings.formulas[index] ?? { name: '', text: '' };
    const buffer = new Uint8Array(text.length * 3);
    const written = buffer.subarray(0, encodeUtf8(text, buffer));
    this.bytes += written.length;
    const names = createFormulaNames(this.settings, index, this.sources, (used) => this.use(used));
    const parser = new Parser(this.settings.mode, names);
    try {
      parser.parseFormula(written, written.length);
    } catch (thrown) {
      if (!(thrown instanceof LineFault)) throw thrown;
      const [from, to] = [parser.placeOf(thrown.start), parser.placeOf(thrown.end)];
      const column = utf16Length(written, 0, from) + 1;
      refuse({
        formula: index,
        code: thrown.code,
        message: thrown.message,
        column,
        endColumn: column + utf16Length(written, from, to),
      });
    }
    return compiledFormula(name, parser, written);
  }

  /** The type of the result of a formula that another one mentions; or how they use one another in a circle. */
  private use(index: number): { readonly isTruthValue: boolean } | { readonly circle: readonly number[] } {
    const first = this.open.indexOf(index);
    if (first >= 0) return { circle: [...this.open.slice(first), index] };
    const formula = this.formula(index);
    formula.isUsed = true;
    return { isTruthValue: formula.program.isTruthValue };
  }
}

/** The names of formulas among themselves, and against those of the columns. */
function checkNames({ formulas, columns, replaces }: TableSettings): void {
  if (formulas.length === 0 || formulas.length > formulasMax) {
    refuse({
      code: 'LIMIT',
      message: `A table takes 1 to ${formulasMax} formulas, but ${formulas.length} were given.`,
    });
  }
  const seen = new Set<string>();
  formulas.forEach(({ name }, formula) => {
    if (seen.has(name)) {
      refuse({
        formula,
        code: 'SYNTAX',
        message: `Two formulas are called ${shownName(name)}; give one of them another name.`,
      });
    }
    seen.add(name);
    const found = columns.find(name);
    if (found.length > 0 && !replaces) {
      const message = `There is a column ${shownName(name)} already; use another name, or replace=true to replace its cells.`;
      refuse({ formula, code: 'SYNTAX', message });
    }
    if (found.length > 1) {
      const message = `There are ${found.length} columns ${shownName(name)}, so they cannot be replaced; use another name.`;
      refuse({ formula, code: 'SYNTAX', message });
    }
  });
}
