/** The names of the formats, without what writes them; `index.ts` has all of it too. */
export {
  contentTypeOf,
  formatsOf,
  resultFormats,
  resultMediaTypes,
  tableResultFormats,
  type ResultFormat,
  type TableResultFormat,
} from './result-format.ts';
