import { IconButton } from '../ui/parts.tsx';
import { KINDS, SINCES, SORTS, type View } from './query.ts';

const Choice = ({
  label,
  value,
  options,
  onValue,
}: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onValue: (value: string) => void;
}) => (
  <select
    className={value === options[0]![0] ? 'input slim' : 'input slim chosen'}
    aria-label={label}
    value={value}
    onChange={(event) => onValue(event.target.value)}
  >
    {options.map(([id, text]) => (
      <option key={id} value={id}>
        {text}
      </option>
    ))}
  </select>
);

/** What is shown, in which order and how. */
export function Filters({ view, onChange }: { view: View; onChange: (change: Partial<View>) => void }) {
  const other = view.layout === 'grid' ? 'list' : 'grid';
  return (
    <div className="filters">
      <Choice label="Type" value={view.kind} options={KINDS} onValue={(kind) => onChange({ kind })} />
      <Choice label="Added" value={view.since} options={SINCES} onValue={(since) => onChange({ since })} />
      <Choice label="Order" value={view.sort} options={SORTS} onValue={(sort) => onChange({ sort })} />
      {view.folder !== null && (
        <label className="check">
          <input type="checkbox" checked={view.below} onChange={(event) => onChange({ below: event.target.checked })} />
          <span>Subfolders too</span>
        </label>
      )}
      <IconButton label={`Show as a ${other}`} icon={other} onClick={() => onChange({ layout: other })} />
    </div>
  );
}
