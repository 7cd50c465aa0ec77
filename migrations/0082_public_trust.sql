-- What the public may know: who answers for it, how it changed, what it led to.

create table trust (
    project int primary key references project on delete cascade,
    responsible text not null default '',
    contact text not null default '',
    place text not null default '',
    -- one of the words of GDPR article 6 per category
    legal_bases jsonb not null default '{}',
    -- [{"name", "purpose", "place"}]
    processors jsonb not null default '[]',
    -- what is not collected, in the words of whoever answers for it
    never text not null default '',
    changed_at timestamptz not null default now(),
    changed_by text not null default ''
);

-- Every version of the policy that was in force, with what changed in it. Written whoever made the change.
create table trust_version (
    project int not null references project on delete cascade,
    version int not null,
    at timestamptz not null,
    hash bytea not null,
    policy jsonb not null,
    changes text[] not null,
    primary key (project, version)
);

-- Records and people per category of the last 30 days, counted once a day.
create table collected (
    project int not null references project on delete cascade,
    category smallint not null,
    records bigint not null,
    people bigint not null,
    counted_at timestamptz not null,
    primary key (project, category)
);

-- Decisions per category: those in force, and those made in each month. Counted once an hour.
create table shared (
    project int not null references project on delete cascade,
    month date not null, -- its first day; 1970-01-01: in force now
    category smallint not null,
    granted bigint not null,
    denied bigint not null,
    counted_at timestamptz not null,
    primary key (project, month, category)
);

-- A fix or release that the data of a category was evidence in.
create table improvement (
    id bigint primary key generated always as identity,
    project int not null references project on delete cascade,
    category smallint, -- none: heard elsewhere, from people who share nothing
    title text not null check (title <> '' and length(title) <= 200),
    story text not null default '' check (length(story) <= 1000),
    day date not null,
    issue bigint,
    service text,
    version text,
    url text,
    made_by text not null,
    made_at timestamptz not null default now(),
    removed_at timestamptz
);
create index improvement_project on improvement (project, day desc) where removed_at is null;

-- A key that is being replaced works until here.
alter table api_key add column expires_at timestamptz;

-- Heads of the audit log, signed with a key that is not in the database; and where its beginning was cut off in time.
create table audit_head (
    seq bigint primary key,
    at timestamptz not null,
    hash bytea not null,
    key text not null,
    signature bytea not null
);
create table audit_start (
    one boolean primary key default true check (one),
    seq bigint not null, -- the last entry that is gone
    at timestamptz not null,
    hash bytea not null,
    key text not null,
    signature bytea not null
);

-- Where mails and calls of other programs go. Secrets are sealed with a key that is not in the database.
create table delivery (
    kind text primary key check (kind in ('mail', 'webhook')),
    settings jsonb not null,
    secret bytea,
    changed_at timestamptz not null default now(),
    changed_by text not null,
    tested_at timestamptz,
    tested text -- what came of it
);
