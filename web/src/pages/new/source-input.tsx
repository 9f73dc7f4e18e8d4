import { useEffect, useRef } from 'preact/hooks';
import { formatBytes } from '../../parts/formats.ts';
import { UserText } from '../../parts/user-text.tsx';
import * as form from './form-state.ts';

const placeholder = '1 / 3\n0.1 + 0.2\nsqrt(2)';
/** Larger strings are kept as a file: a text box of a million lines would hold up the page. */
const pastedLengthMax = 500_000;
/** The preview of a file. */
const shownLines = 8;
const shownLineLength = 300;

/** Where the operations come from: typed or pasted text, or a file. */
export function SourceInput() {
  return (
    <section class="card source" aria-label="Content">
      {form.file.value === undefined ? <TextInput /> : <FileContent file={form.file.value} />}
      <div class="source-choices">
        <FileChoice />
        <FormatChoice />
      </div>
    </section>
  );
}

function TextInput() {
  return (
    <>
      <label for="operations">Operations</label>
      <textarea
        id="operations"
        class="mono"
        rows={form.takesFormulas.value ? 5 : 9}
        wrap="off"
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        placeholder={placeholder}
        aria-describedby="operations-help"
        value={form.text.value}
        onInput={({ currentTarget }) => (form.text.value = currentTarget.value)}
        onPaste={keepLargeText}
      />
      <small id="operations-help">
        One operation per line, a table with a header (CSV, TSV), or NDJSON. <a href="#/try">Try an expression</a>
      </small>
    </>
  );
}

function keepLargeText(event: ClipboardEvent): void {
  const pasted = event.clipboardData?.getData('text/plain') ?? '';
  if (pasted.length <= pastedLengthMax || form.text.value !== '') return;
  event.preventDefault();
  form.file.value = new File([pasted], 'pasted text');
}

function FileChoice() {
  const input = useRef<HTMLInputElement>(null);
  const { value: file } = form.file;
  useEffect(() => {
    // A removed file may be chosen again.
    if (file === undefined && input.current !== null) input.current.value = '';
  }, [file]);
  return (
    <div class="source-file">
      <input ref={input} id="file" type="file" aria-label="File" onChange={takeChosen} />
      <label for="file">{file === undefined ? 'or drop a file here' : 'another file'}</label>
    </div>
  );
}

function takeChosen({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void {
  const [chosen] = currentTarget.files ?? [];
  if (chosen !== undefined) form.file.value = chosen;
}

function FileContent({ file }: { readonly file: File }) {
  return (
    <div class="source-chosen">
      <div class="source-name">
        <strong>
          <UserText text={file.name} />
        </strong>
        <span class="muted">{formatBytes(file.size)}</span>
        <button type="button" class="outline secondary" onClick={() => (form.file.value = undefined)}>
          Remove
        </button>
      </div>
      {form.fileFault.value !== undefined && (
        <p class="error-text" role="alert">
          {form.fileFault.value}
        </p>
      )}
      <Beginning />
    </div>
  );
}

function Beginning() {
  const sample = form.sample.value;
  if (sample === undefined) return null;
  const lines = sample.text.split(/\r?\n/, shownLines);
  return (
    <pre class="source-beginning" tabIndex={0} role="region" aria-label="First lines of the file">
      {lines.map((line, index) => (
        <code key={index}>
          <UserText text={line.length > shownLineLength ? `${line.slice(0, shownLineLength)}…` : line} />
          {'\n'}
        </code>
      ))}
    </pre>
  );
}

const formatNames = {
  lines: 'Lines of operations',
  csv: 'Table: CSV',
  tsv: 'Table: TSV',
  ndjson: 'NDJSON',
} as const;

function FormatChoice() {
  return (
    <label class="inline-field">
      Format
      <select
        value={form.formatChoice.value}
        onChange={({ currentTarget }) => (form.formatChoice.value = currentTarget.value as form.FormatChoice)}
      >
        <option value="auto">Detected: {formatNames[form.detectedFormat.value]}</option>
        {Object.entries(formatNames).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
