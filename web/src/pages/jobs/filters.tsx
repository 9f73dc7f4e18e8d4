import { useEffect, useState } from 'preact/hooks';
import type { JobStatus } from '../../api/types.ts';
import type { Filter } from './actions.ts';

const statuses: readonly JobStatus[] = ['InProgress', 'Cancelling', 'Completed', 'Cancelled'];
/** A pause in typing, after which the list is requested. */
const pauseMs = 250;
/** As the server bounds it. */
const nameLengthMax = 200;

export interface FiltersProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

export function Filters({ filter, onChange }: FiltersProps) {
  const [name, setName] = useState(filter.name);
  useEffect(() => setName(filter.name), [filter.name]);
  useEffect(() => {
    if (name === filter.name) return;
    const timer = setTimeout(() => onChange({ ...filter, name }), pauseMs);
    return () => clearTimeout(timer);
  }, [name, filter.name, filter.status]);
  return (
    <>
      <label class="field">
        <span>Status</span>
        <select value={filter.status} onChange={({ currentTarget }) => onChange({ name, status: currentTarget.value })}>
          <option value="">All</option>
          {statuses.map((status) => (
            <option key={status} value={status}>
              {status}
            </option>
          ))}
        </select>
      </label>
      <label class="field grows">
        <span>Name</span>
        <input
          type="search"
          value={name}
          maxLength={nameLengthMax}
          placeholder="Part of a name"
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
      </label>
    </>
  );
}

export function isStatus(text: string): text is JobStatus {
  return statuses.some((status) => status === text);
}
