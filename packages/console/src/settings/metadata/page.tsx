import { api } from '../../api.ts';
import { useLoad } from '../../load.ts';
import { limitsText, loadFields, type MetadataField, TYPE_WORDS, valueText } from '../../metadata/model.ts';
import { conditionOf, conditionText, type Rule, resultText } from '../../metadata/rules.ts';
import { toast } from '../../ui/toast.tsx';
import { EditableList } from '../editable-list.tsx';
import { FieldEditor } from './field-editor.tsx';
import { RuleEditor } from './rule-editor.tsx';

const detailsOf = (field: MetadataField): string =>
  [
    field.mandatory && 'required',
    limitsText(field.validation),
    field.default_value !== null &&
      field.default_value !== undefined &&
      `default ${valueText(field, field.default_value)}`,
    field.restrictions?.readonly_ui && 'changed by programs only',
  ]
    .filter(Boolean)
    .join(' · ') || '—';

export default function Metadata() {
  const fields = useLoad(loadFields, []);
  const rules = useLoad(
    async () => (await api.get<{ metadata_rules: Rule[] }>('/admin/metadata_rules')).metadata_rules,
    [],
  );
  const known = fields.data ?? [];
  const fieldOf = (rule: Rule): MetadataField | undefined =>
    known.find(({ external_id }) => external_id === rule.metadata_field_id);
  return (
    <>
      <EditableList
        title="Structured metadata"
        text="Fields with a type that every asset may carry, in the order in which they are asked for."
        noun="field"
        loaded={fields}
        head={['Label', 'External ID', 'Type', 'Details']}
        id={({ external_id }) => external_id}
        label={({ label }) => label}
        cells={(field) => [
          <code key="id">{field.external_id}</code>,
          TYPE_WORDS[field.type],
          <span key="details" className="soft">
            {detailsOf(field)}
          </span>,
        ]}
        editor={(props) => <FieldEditor {...props} />}
        move={(field, position) => {
          api
            .put(`/admin/metadata_fields/${encodeURIComponent(field.external_id)}/reorder`, { position })
            .then(fields.reload, toast.problem);
        }}
        deletion={{
          text: 'Its values go from all assets, and its ID can never be used again.',
          run: ({ external_id }) => api.delete(`/admin/metadata_fields/${encodeURIComponent(external_id)}`),
        }}
      />
      <EditableList
        title="Rules"
        text="What one field holds can decide what another one takes."
        noun="rule"
        loaded={rules}
        blocked={known.length === 0 ? 'A rule needs a field: make one first.' : undefined}
        head={['Name', 'When', 'Then', 'State']}
        id={({ external_id }) => external_id}
        label={({ name }) => name}
        cells={(rule) => [
          conditionText(conditionOf(rule.condition), known),
          `${fieldOf(rule)?.label ?? rule.metadata_field_id} ${resultText(rule.result, fieldOf(rule))}`,
          rule.state === 'active' ? 'In force' : 'Off',
        ]}
        editor={(props) => <RuleEditor {...props} fields={known} />}
        deletion={{
          text: 'Values that it gave stay.',
          run: ({ external_id }) => api.delete(`/admin/metadata_rules/${encodeURIComponent(external_id)}`),
        }}
      />
    </>
  );
}
