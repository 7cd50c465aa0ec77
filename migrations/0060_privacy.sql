-- The catalogue in full, decisions with everything that proves them, and counts of what was withheld or masked.

-- An entry is the name of an event or metric, or a field of a record.
alter table field add column item text not null default 'field' check (item in ('name', 'field'));
alter table field drop constraint field_pkey;
alter table field add primary key (project, signal, item, name);
-- Who may see the field's values; none: every role that sees the record.
alter table field add column roles text[] not null default '{}';
-- Why it never expires, or later than in 24 months.
alter table field add column expiry_reason text;
alter table field add column since_policy text;
alter table field add column example text;
alter table field add column source text not null default 'seen' check (source in ('seen', 'starter', 'file', 'person'));
alter table field add column changed_at timestamptz;
alter table field add column changed_by text;

-- What undeclared values look like, never what they are. Kept seven days.
create table field_shape (
    project int not null,
    signal smallint not null,
    item text not null,
    name text not null,
    type text not null,
    length text not null, -- class of length: empty, short, line, long
    records bigint not null,
    key int not null, -- the ingest key that it came with first
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    primary key (project, signal, item, name, type, length)
);

-- What the gate did, by the hour: values masked per detector, values withheld per field and reason. Never content.
create table gate_count (
    project int not null,
    hour timestamptz not null,
    what text not null,
    signal smallint not null, -- -1: of every signal
    name text not null,       -- of the field; empty for detectors
    count bigint not null,
    primary key (project, hour, what, signal, name)
);

create table privacy_setting (
    project int primary key references project on delete cascade,
    -- answers for catalogue entries that name nobody
    owner text not null default '',
    -- a Sec-GPC or DNT header refuses every category that can be refused, not only three
    header_refuses_all boolean not null default false,
    -- how long an identifier that a client sent is the same, per category: daily or weekly; absent: stable
    identifiers jsonb not null default '{}'
);

-- Decisions with what trust in them needs: language and region of the notice, its hash, what they replace.
alter table consent add column language text not null default '';
alter table consent add column region text not null default '';
alter table consent add column platform text not null default '';
alter table consent add column version text not null default '';
alter table consent add column notice text not null default '';
alter table consent add column supersedes uuid;
create index consent_recorded on consent (project, recorded_at);
create index consent_decided on consent (project, decided_at);

-- Versions of the notice. `categories` are the bits of those it asks about; `anew` of those that are new in it or have a
-- wider purpose: an agreement that is older does not hold for them any more.
create table consent_policy (
    project int not null references project on delete cascade,
    version text not null check (length(version) between 1 and 100),
    categories smallint not null,
    anew smallint not null default 0,
    changed_at timestamptz not null default now(),
    changed_by text not null default '',
    note text not null default '',
    primary key (project, version)
);

-- What holds in a region until somebody decided; the reason is public. '*' is everywhere else.
create table consent_default (
    project int not null references project on delete cascade,
    region text not null check (region = '*' or region ~ '^[A-Z]{2}$'),
    category smallint not null,
    allowed boolean not null,
    reason text not null check (reason <> ''),
    changed_at timestamptz not null default now(),
    changed_by text not null,
    primary key (project, region, category)
);

-- Secrets of a day or week, which identifiers that must not last are keyed with. Unlogged: they are in no write-ahead
-- log, not in backups made of it, and gone after a crash; when they are deleted, what they keyed is nobody's any more.
create unlogged table salt (
    period text not null check (period in ('day', 'week')),
    starts date not null,
    secret bytea not null check (length(secret) = 32),
    primary key (period, starts)
);

do $$
declare name text;
begin
    foreach name in array array['field_shape', 'gate_count', 'consent_policy', 'consent_text', 'consent_default'] loop
        execute format('alter table %I enable row level security', name);
        execute format('drop policy if exists one_project on %I', name);
        execute format(
            'create policy one_project on %I for select using (project = nullif(current_setting(''app.project'', true), '''')::int)',
            name);
    end loop;
end $$;
