/** Writes docs/openapi.json, the document that the server gives at /openapi.json. */
import { writeFile } from 'node:fs/promises';
import { describeApi } from '../src/http/index.ts';

await writeFile(new URL('../docs/openapi.json', import.meta.url), await describeApi());
