/**
 * What searching needs beside the rows themselves, kept in step by triggers so that every writer keeps it right.
 *
 * `asset_counts`: how many assets there are for each combination of the closed fields. Totals and aggregations over
 * these fields are sums of a few dozen rows instead of a scan.
 *
 * `asset_text`: full text (FTS5) of what `:` and free terms search, by `seq`. It keeps no copy of the texts. `_` belongs
 * to a word, as in the cloud, where `npm_test_1` is one token. U+E000 counts as a word for the tokeniser and stands
 * between the values of a list, so that a phrase cannot begin in one tag and end in the next. `folder` and `filename`
 * are the two parts of `public_id` and need no column.
 *
 * Indexes: one for each order and each range that a search can ask for; partial ones where most rows have no value.
 */
const COUNTED = ['cloud', 'resource_type', 'type', 'status', 'access_mode'] as const;
const counted = (row: string): string =>
  `${COUNTED.map((column) => `${row}.${column}`).join(', ')}, coalesce(${row}.format, '')`;
const count = (row: string, by: 1 | -1): string =>
  `INSERT INTO asset_counts (${COUNTED.join(', ')}, format, amount) VALUES (${counted(row)}, ${by})
    ON CONFLICT DO UPDATE SET amount = amount + ${by};`;

const SEPARATOR = `' ' || char(57344) || ' '`;
const texts = (row: string): string =>
  `${row}.seq, ${row}.public_id, ${row}.display_name, ${row}.asset_folder,
    (SELECT group_concat(value, ${SEPARATOR}) FROM json_each(${row}.tags)),
    (SELECT group_concat(value, ${SEPARATOR}) FROM json_each(${row}.context)),
    (SELECT group_concat(atom, ${SEPARATOR}) FROM json_tree(${row}.metadata) WHERE atom IS NOT NULL)`;
const TEXT_COLUMNS = 'rowid, public_id, display_name, asset_folder, tags, context, metadata';

export const indexes = [
  `CREATE INDEX assets_uploaded ON assets (cloud, uploaded_at, seq)`,
  `CREATE INDEX assets_updated ON assets (cloud, updated_at, seq)`,
  `CREATE INDEX assets_bytes ON assets (cloud, bytes, seq)`,
  `CREATE INDEX assets_width ON assets (cloud, width, seq)`,
  `CREATE INDEX assets_height ON assets (cloud, height, seq)`,
  `CREATE INDEX assets_filename ON assets (cloud, filename, seq)`,
  `CREATE INDEX assets_display_name ON assets (cloud, display_name, seq)`,
  `CREATE INDEX assets_format ON assets (cloud, format, created_at, seq)`,
  `CREATE INDEX assets_type ON assets (cloud, type, created_at, seq)`,
  `CREATE INDEX assets_duration ON assets (cloud, duration, seq) WHERE duration IS NOT NULL`,
  `CREATE INDEX assets_taken ON assets (cloud, taken_at, seq) WHERE taken_at IS NOT NULL`,
  `CREATE INDEX assets_moderation_status ON assets (cloud, moderation_status, seq) WHERE moderation_status IS NOT NULL`,
  `CREATE INDEX assets_not_active ON assets (cloud, status, created_at, seq) WHERE status <> 'active'`,
  `CREATE INDEX assets_not_public ON assets (cloud, access_mode, created_at, seq) WHERE access_mode <> 'public'`,
  `CREATE INDEX folders_created ON folders (cloud, created_at, path)`,
] as const;

export const up = [
  `CREATE TABLE asset_counts (
    cloud TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    access_mode TEXT NOT NULL,
    format TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (cloud, resource_type, type, status, access_mode, format)
  ) WITHOUT ROWID`,
  `INSERT INTO asset_counts (${COUNTED.join(', ')}, format, amount)
    SELECT ${counted('assets')}, count(*) FROM assets GROUP BY ${counted('assets')}`,
  `CREATE TRIGGER asset_counts_insert AFTER INSERT ON assets BEGIN ${count('new', 1)} END`,
  `CREATE TRIGGER asset_counts_delete AFTER DELETE ON assets BEGIN ${count('old', -1)} END`,
  `CREATE TRIGGER asset_counts_update AFTER UPDATE OF ${COUNTED.join(', ')}, format ON assets
    BEGIN ${count('old', -1)} ${count('new', 1)} END`,

  `CREATE VIRTUAL TABLE asset_text USING fts5 (
    public_id, display_name, asset_folder, tags, context, metadata,
    content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2 tokenchars '_'"
  )`,
  `INSERT INTO asset_text (${TEXT_COLUMNS}) SELECT ${texts('assets')} FROM assets`,
  `CREATE TRIGGER asset_text_insert AFTER INSERT ON assets
    BEGIN INSERT INTO asset_text (${TEXT_COLUMNS}) VALUES (${texts('new')}); END`,
  `CREATE TRIGGER asset_text_delete AFTER DELETE ON assets
    BEGIN DELETE FROM asset_text WHERE rowid = old.seq; END`,
  `CREATE TRIGGER asset_text_update AFTER UPDATE OF public_id, display_name, asset_folder, tags, context, metadata ON assets
    BEGIN
      DELETE FROM asset_text WHERE rowid = old.seq;
      INSERT INTO asset_text (${TEXT_COLUMNS}) VALUES (${texts('new')});
    END`,
  ...indexes,
] as const;
