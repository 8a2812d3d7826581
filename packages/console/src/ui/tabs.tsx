/** Tabs over one panel: a single stop of the focus, arrows go from one to the next (WAI-ARIA APG, "Tabs"). */
export function Tabs<T extends string>({
  label,
  tabs,
  value,
  panel,
  onValue,
}: {
  label: string;
  tabs: readonly (readonly [T, string])[];
  value: T;
  /** ID of the panel; those of the tabs begin with it. */
  panel: string;
  onValue: (value: T) => void;
}) {
  const go = (to: number): void => {
    const next = tabs.at(to % tabs.length)![0];
    onValue(next);
    document.getElementById(tabId(panel, next))?.focus();
  };
  const at = tabs.findIndex(([id]) => id === value);
  const steps: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
  return (
    <div
      className="tabs"
      role="tablist"
      aria-label={label}
      onKeyDown={(event) => {
        const to = steps[event.key];
        if (to === undefined) return;
        event.preventDefault();
        go(to);
      }}
    >
      {tabs.map(([id, text]) => (
        <button
          key={id}
          id={tabId(panel, id)}
          type="button"
          role="tab"
          aria-selected={value === id}
          aria-controls={panel}
          tabIndex={value === id ? 0 : -1}
          onClick={() => onValue(id)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

export const tabId = (panel: string, id: string): string => `${panel}-${id}`;
