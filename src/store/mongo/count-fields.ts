/** Counts, errors and engines of chunks and folds, from documents and from indexes. */
import type { Document } from 'mongodb';
import {
  addEngine,
  addErrors,
  joinEngines,
  noEngines,
  noErrors,
  noTotals,
  readErrorCounts,
  unknownEngine,
  type Counts,
  type EngineSet,
  type ErrorCounts,
  type Totals,
} from '../../jobs/index.ts';
import { countIn, documentIn, optionalTextIn, parseJson, unexpected } from './fields.ts';

export function toCounts(document: Document): Counts {
  const errors = toErrors(document, countIn(document, 'failed'));
  return { ...toSums(document), ...(errors !== undefined && { errors }) };
}

export function toSums(document: Document): Omit<Counts, 'errors'> {
  return {
    succeeded: countIn(document, 'succeeded'),
    failed: countIn(document, 'failed'),
    cancelled: countIn(document, 'cancelled'),
    cost: countIn(document, 'cost'),
  };
}

/** The error counts of `failed` lines, from a document or from an index. */
export function toErrors(document: Document, failed: number): ErrorCounts | undefined {
  const json = optionalTextIn(document, 'errors');
  if (json === undefined) return undefined;
  const errors = readErrorCounts(parseJson(json, 'errors'), failed);
  if (errors === undefined) throw unexpected('errors', json);
  return errors;
}

/** The engine of a chunk's outcomes, from a document or from an index, in which null stands for what is absent. */
export function toEngine(document: Document): string | undefined {
  return optionalTextIn(document, 'engine') ?? (countIn(document, 'cancelled') > 0 ? undefined : unknownEngine);
}

/** The engines of a fold. An instance from before there were any writes a fold without them. */
export function toEngines(fold: Document): EngineSet {
  const engines: unknown = fold['engines'];
  if (engines === undefined) return joinEngines(noEngines, isAnyEvaluated(fold) ? [unknownEngine] : []);
  if (Array.isArray(engines) && engines.every((engine) => typeof engine === 'string')) return engines;
  throw unexpected('engines', engines);
}

function isAnyEvaluated(counts: Document): boolean {
  return countIn(counts, 'succeeded') + countIn(counts, 'failed') > 0;
}

/**
 * The totals of chunks from sums that are grouped by their engine and their errors. Those without an engine are tombstones,
 * and older outcomes.
 */
export function toTotals(groups: readonly Document[]): Totals {
  const errors = addErrors(groups.map((group) => ({ errors: errorsOfGroup(group), times: countIn(group, 'chunks') })));
  return groups.reduce<Totals>(
    (totals, group) => {
      const counts = toSums(group);
      const engine = optionalTextIn(documentIn(group, '_id'), 'engine');
      return {
        succeeded: totals.succeeded + counts.succeeded,
        failed: totals.failed + counts.failed,
        cancelled: totals.cancelled + counts.cancelled,
        cost: totals.cost + counts.cost,
        errors: totals.errors,
        engines: addEngine(totals.engines, engine ?? (isAnyEvaluated(group) ? unknownEngine : undefined)),
      };
    },
    { ...noTotals, errors },
  );
}

/** All chunks of a group have the same. */
function errorsOfGroup(group: Document): ErrorCounts {
  return toErrors(documentIn(group, '_id'), countIn(group, 'failed')) ?? noErrors;
}
