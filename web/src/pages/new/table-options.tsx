import type { ComponentChildren } from 'preact';
import * as form from './form-state.ts';
import type { TableSettings } from './upload-options.ts';

/** More boxes than that are of no help; the API takes any name. */
const totalsColumnsMax = 40;

/** How the cells of a table are read. Most files need none of it. */
export function TableOptions() {
  const { delimiter, header, decimal, group, numbers, missing } = form.tableSettings.value;
  return (
    <details class="card">
      <summary>How cells are read</summary>
      {form.format.value === 'csv' && (
        <Choice label="Delimiter" name="delimiter" value={delimiter}>
          <option value="auto">as the first line shows</option>
          <option value=",">, comma</option>
          <option value=";">; semicolon</option>
          <option value="tab">tab</option>
          <option value="|">| bar</option>
        </Choice>
      )}
      {form.format.value !== 'ndjson' && (
        <Choice label="Header" name="header" value={header}>
          <option value="present">The first row names the columns</option>
          <option value="absent">None: c1, c2, …</option>
        </Choice>
      )}
      <Choice label="Decimal mark" name="decimal" value={decimal}>
        <option value=".">. point</option>
        <option value=",">, comma</option>
      </Choice>
      <Choice label="Between groups of digits" name="group" value={group}>
        <option value="">nothing</option>
        <option value=",">, comma</option>
        <option value=".">. point</option>
        <option value="space">space</option>
        <option value="'">' apostrophe</option>
      </Choice>
      <Choice label="Numbers" name="numbers" value={numbers}>
        <option value="strict">plain only</option>
        <option value="written">also (12.00), 12 %, € 5</option>
      </Choice>
      <Choice label="A missing cell is" name="missing" value={missing}>
        <option value="error">an error</option>
        <option value="empty">an empty result</option>
        <option value="zero">0</option>
      </Choice>
      <MissingValues />
      <Replaces />
      <Totals />
    </details>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name: keyof TableSettings;
  readonly value: string;
  readonly children: ComponentChildren;
}

function Choice({ label, name, value, children }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={({ currentTarget }) => form.setTable({ [name]: currentTarget.value })}>
        {children}
      </select>
    </label>
  );
}

function MissingValues() {
  return (
    <label>
      Also missing are
      <input
        type="text"
        placeholder="such as NA,-"
        value={form.tableSettings.value.missingValues}
        onInput={({ currentTarget }) => form.setTable({ missingValues: currentTarget.value })}
      />
    </label>
  );
}

function Replaces() {
  return (
    <label>
      <input
        type="checkbox"
        checked={form.tableSettings.value.replaces}
        onChange={({ currentTarget }) => form.setTable({ replaces: currentTarget.checked })}
      />
      Replace columns of the same name
    </label>
  );
}

function Totals() {
  const { totals } = form.tableSettings.value;
  const columns = form.columns.value.filter((name, index, all) => name !== '' && all.indexOf(name) === index);
  if (columns.length === 0 || columns.length > totalsColumnsMax) return null;
  const choose = (name: string, isChosen: boolean): void =>
    form.setTable({ totals: isChosen ? [...totals, name] : totals.filter((other) => other !== name) });
  return (
    <fieldset>
      <legend>Control totals of</legend>
      {columns.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={totals.includes(name)}
            onChange={({ currentTarget }) => choose(name, currentTarget.checked)}
          />
          <bdi>{name}</bdi>
        </label>
      ))}
    </fieldset>
  );
}
