/** Writes results in the formats that users can ask for. Knows nothing of HTTP: the command line writes the same. */
export { resultFormats, resultMediaTypes, type ResultFormat } from './result-format.ts';
export { createResultWriter, type ResultWriter } from './result-writer.ts';
