import { api } from '../api.ts';
import { bytesText } from '../format.ts';
import { useLoad } from '../load.ts';
import { Section } from './shared.tsx';

interface Amount {
  readonly usage: number;
}

interface UsageReport {
  readonly last_updated: string;
  readonly transformations: Amount;
  readonly objects: Amount;
  readonly bandwidth: Amount;
  readonly storage: Amount;
  readonly requests: number;
  readonly resources: number;
  readonly derived_resources: number;
}

export default function Usage() {
  const loaded = useLoad(() => api.get<UsageReport>('/admin/usage'), []);
  return (
    <Section title="Usage" loaded={loaded}>
      {(usage) => (
        <dl className="numbers">
          {(
            [
              ['Assets', usage.resources.toLocaleString()],
              ['Derived', usage.derived_resources.toLocaleString()],
              ['Storage', bytesText(usage.storage.usage)],
              ['Bandwidth', bytesText(usage.bandwidth.usage)],
              ['Transformations', usage.transformations.usage.toLocaleString()],
              ['Requests', usage.requests.toLocaleString()],
            ] as const
          ).map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}
