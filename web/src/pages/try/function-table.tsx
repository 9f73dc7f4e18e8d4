import { useMemo, useState } from 'preact/hooks';
import type { Language } from '../../api/types.ts';
import { findInLanguage, listLanguage, type Example, type LanguageGroup, type LanguageRow } from './language-rows.ts';

export interface FunctionTableProps {
  readonly language: Language;
  /** An example was chosen. */
  readonly onExample: (line: string) => void;
}

/** All that can be written in an expression, with examples that are evaluated at a click. */
export function FunctionTable({ language, onExample }: FunctionTableProps) {
  const [text, setText] = useState('');
  const groups = useMemo(() => listLanguage(language), [language]);
  const found = findInLanguage(groups, text);
  return (
    <section class="functions">
      <div class="functions-heading">
        <h2 id="functions-title">Functions, constants and operators</h2>
        <label>
          Find
          <input
            type="search"
            value={text}
            placeholder="sqrt, rounding, π …"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
      </div>
      <table aria-label="Functions">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Description</th>
            <th scope="col">Examples</th>
          </tr>
        </thead>
        {found.map((group) => (
          <GroupRows key={group.title} group={group} onExample={onExample} />
        ))}
      </table>
      {found.length === 0 && <p>No entry matches.</p>}
    </section>
  );
}

interface GroupRowsProps {
  readonly group: LanguageGroup;
  readonly onExample: (line: string) => void;
}

function GroupRows({ group, onExample }: GroupRowsProps) {
  return (
    <tbody>
      <tr class="functions-group">
        <th scope="rowgroup" colSpan={3}>
          {group.title}
        </th>
      </tr>
      {group.rows.map((row) => (
        <FunctionRow key={row.key} row={row} onExample={onExample} />
      ))}
    </tbody>
  );
}

interface FunctionRowProps {
  readonly row: LanguageRow;
  readonly onExample: (line: string) => void;
}

function FunctionRow({ row, onExample }: FunctionRowProps) {
  return (
    <tr>
      <th scope="row">
        <code>{row.form}</code>
      </th>
      <td>
        {row.description}
        {row.modes !== undefined && <span class="muted"> Only in {row.modes.join(', ')}.</span>}
      </td>
      <td>
        <div class="examples">
          {row.examples.map((example) => (
            <ExampleButton key={example.line} example={example} onExample={onExample} />
          ))}
        </div>
      </td>
    </tr>
  );
}

interface ExampleButtonProps {
  readonly example: Example;
  readonly onExample: (line: string) => void;
}

function ExampleButton({ example: { line, result, mode }, onExample }: ExampleButtonProps) {
  return (
    <button type="button" class="example" title="Evaluate this example" onClick={() => onExample(line)}>
      <code>{line}</code>
      <span class="example-result mono">
        = {result}
        {mode !== undefined && ` in ${mode}`}
      </span>
    </button>
  );
}
