import { Field } from '../ui/parts.tsx';
import { activeEntries, type MetadataField, type Value } from './model.ts';

const INPUT_TYPES: Readonly<Record<string, string>> = { integer: 'number', date: 'date' };

/** One structured value, by the type of its field. */
export function ValueInput({
  field,
  value,
  onValue,
  label = field.mandatory ? `${field.label} (required)` : field.label,
  disabled = false,
}: {
  field: Pick<MetadataField, 'type' | 'label' | 'mandatory' | 'datasource'>;
  value: Value;
  onValue: (value: Value) => void;
  label?: string;
  disabled?: boolean;
}) {
  const options = activeEntries(field);
  if (field.type === 'set') {
    const chosen = Array.isArray(value) ? (value as readonly string[]) : value === '' ? [] : [String(value)];
    return (
      <fieldset className="field" disabled={disabled}>
        <legend>{label}</legend>
        <div className="checks">
          {options.map(({ external_id, value: text }) => (
            <label key={external_id} className="check">
              <input
                type="checkbox"
                checked={chosen.includes(external_id)}
                onChange={({ target }) =>
                  onValue(target.checked ? [...chosen, external_id] : chosen.filter((id) => id !== external_id))
                }
              />
              <span>{text}</span>
            </label>
          ))}
        </div>
      </fieldset>
    );
  }
  return (
    <Field label={label}>
      {(props) =>
        field.type === 'enum' ? (
          <select
            className="input"
            disabled={disabled}
            value={String(value)}
            onChange={(event) => onValue(event.target.value)}
            {...props}
          >
            <option value="">None</option>
            {options.map((option) => (
              <option key={option.external_id} value={option.external_id}>
                {option.value}
              </option>
            ))}
          </select>
        ) : (
          <input
            className="input"
            disabled={disabled}
            type={INPUT_TYPES[field.type] ?? 'text'}
            value={String(value)}
            onChange={(event) => onValue(event.target.value)}
            {...props}
          />
        )
      }
    </Field>
  );
}
