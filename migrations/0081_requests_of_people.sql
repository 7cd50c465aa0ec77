-- Rights of people: requests with their clocks, erasures that survive a crash, visits to the personal privacy centre.

create table data_request (
    id bigint primary key generated always as identity,
    project int not null references project on delete cascade,
    kind text not null check (kind in ('access', 'erasure', 'objection')),
    channel text not null check (channel in ('link', 'receipt', 'admin', 'command line', 'key')),
    -- the person, until an erasure is done
    ref uuid,
    -- only what this one identifier sent, not what the whole person did
    alone boolean not null default false,
    received_at timestamptz not null,
    due_at timestamptz not null,
    begun_at timestamptz,
    answered_at timestamptz,
    state text not null default 'open' check (state in ('open', 'working', 'restricted', 'done', 'refused')),
    handled_by text,
    note text not null default '',
    -- what was found or deleted, by kind
    counts jsonb,
    -- the signed statement that the person keeps
    receipt text
);
create index data_request_open on data_request (project, due_at) where answered_at is null;
create index data_request_project on data_request (project, id desc);

-- An erasure in work. What names the person in it is cleared when it is done; the numbers of subjects lead nowhere then
-- and are kept two days, so that a record that was on its way is swept up.
create table erasure (
    id bigint primary key generated always as identity,
    project int not null references project on delete cascade,
    request bigint references data_request on delete set null,
    asked_by text not null,
    subjects int[] not null,
    refs uuid[] not null,
    sessions bigint[] not null default '{}',
    -- traces that tell of this person alone, and those that tell of others as well
    traces uuid[] not null default '{}',
    mixed uuid[] not null default '{}',
    days date[] not null default '{}',
    counts jsonb not null default '{}',
    oldest timestamptz,
    newest timestamptz,
    started_at timestamptz not null,
    ended_at timestamptz,
    swept_at timestamptz
);
create index erasure_open on erasure (id) where ended_at is null or swept_at is null;

-- Keyed hash of an erased reference: a backup that is restored is cleaned by it, and nobody can read it back.
create table tombstone (
    project int not null references project on delete cascade,
    mark bytea not null,
    at timestamptz not null,
    primary key (project, mark)
);

-- Somebody in the personal privacy centre. The cookie holds 256 random bits; only their hash is kept.
create table visit (
    token bytea primary key,
    project int not null references project on delete cascade,
    ref uuid not null,
    alone boolean not null,
    channel text not null,
    -- the newest request made in it: its receipt is shown when the person is gone already
    request bigint references data_request on delete set null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index visit_expires on visit (expires_at);
