import { numberModes } from '../../../../src/expression/number-mode.ts';
import { precisionMax, precisionMin } from '../../../../src/expression/limits.ts';
import * as form from './form-state.ts';

const modeHints = {
  decimal: 'Decimal digits as you write them, rounded once: 0.1 + 0.2 is 0.3.',
  float64: 'Binary numbers of 64 bits, as in most programming languages.',
  rational: 'Exact fractions: 1 / 3 stays 1/3.',
  bigint: 'Integers of any size.',
} as const satisfies Record<(typeof numberModes)[number], string>;

/** As the server has it. */
const nameLengthMax = 200;

/** How numbers are computed, and what the job is called. */
export function JobOptions() {
  const mode = numberModes.find((known) => known === form.mode.value) ?? numberModes[0];
  return (
    <section class="card" aria-label="Options">
      <div class="field-row">
        <label>
          Mode
          <select
            value={mode}
            aria-describedby="mode-help"
            onChange={({ currentTarget }) => (form.mode.value = currentTarget.value)}
          >
            {numberModes.map((known) => (
              <option key={known} value={known}>
                {known}
              </option>
            ))}
          </select>
        </label>
        <label>
          Precision
          <input
            type="number"
            min={precisionMin}
            max={precisionMax}
            step={1}
            inputMode="numeric"
            title="Significant digits of the mode decimal"
            disabled={mode !== 'decimal'}
            value={form.precision.value}
            onInput={({ currentTarget }) => (form.precision.value = currentTarget.value)}
          />
        </label>
      </div>
      <small id="mode-help">{modeHints[mode]}</small>
      <label>
        Name
        <input
          type="text"
          maxLength={nameLengthMax}
          placeholder="optional"
          autocomplete="off"
          value={form.name.value}
          onInput={({ currentTarget }) => (form.name.value = currentTarget.value)}
        />
      </label>
    </section>
  );
}
