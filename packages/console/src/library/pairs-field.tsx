import { Button, IconButton } from '../ui/parts.tsx';

export type Pairs = readonly (readonly [name: string, value: string])[];

/** Names with values, as many as somebody adds. */
export const PairsField = ({
  label,
  pairs,
  onPairs,
}: {
  label: string;
  pairs: Pairs;
  onPairs: (pairs: Pairs) => void;
}) => (
  <fieldset className="field">
    <legend>{label}</legend>
    {pairs.map(([name, value], index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
      <div className="pair" key={index}>
        <input
          className="input"
          aria-label="Name"
          placeholder="Name"
          value={name}
          onChange={(event) => onPairs(pairs.with(index, [event.target.value, value]))}
        />
        <input
          className="input"
          aria-label={`Value of ${name || 'the new name'}`}
          placeholder="Value"
          value={value}
          onChange={(event) => onPairs(pairs.with(index, [name, event.target.value]))}
        />
        <IconButton label={`Remove ${name}`} icon="close" onClick={() => onPairs(pairs.toSpliced(index, 1))} />
      </div>
    ))}
    <div>
      <Button look="quiet" icon="plus" onClick={() => onPairs([...pairs, ['', '']])}>
        Add a value
      </Button>
    </div>
  </fieldset>
);
