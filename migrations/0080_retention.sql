-- Retention in full: promises that outlive a change, changes that wait, holds, runs, and signed proofs.

-- A shorter promise that ended: what was collected before it did is still kept no longer than it said.
create table promise (
    project int not null references project on delete cascade,
    signal text not null,
    days int not null,
    until timestamptz not null,
    primary key (project, signal, until)
);

-- A change of a rule by a person that deletes something. It waits for a second admin where it deletes much, then a day in
-- which anybody who administers can take it back.
create table retention_change (
    id bigint primary key generated always as identity,
    project int not null references project on delete cascade,
    signal text not null,
    days_from int not null,
    days_to int not null,
    reason text not null default '',
    asked_by text not null,
    asked_account int not null, -- 0: a key or the command line
    asked_at timestamptz not null,
    plan jsonb not null, -- what it deletes at effective_at, as it was approved
    rows bigint not null,
    share double precision, -- of the rows of the signal; none when nothing is stored
    state text not null check (state in ('waiting', 'scheduled', 'done', 'cancelled', 'refused')),
    approved_by text,
    approved_at timestamptz,
    effective_at timestamptz not null,
    ended_at timestamptz,
    ended_by text,
    note text not null default ''
);
-- One rule changes once at a time.
create unique index retention_change_open on retention_change (project, signal) where state in ('waiting', 'scheduled');

-- What must not be deleted, whatever the rules say. No bound: everything.
create table hold (
    id bigint primary key generated always as identity,
    project int not null references project on delete cascade,
    name text not null check (name <> '' and length(name) <= 200),
    reason text not null check (reason <> ''),
    owner text not null check (owner <> ''),
    signal text,
    category smallint,
    "from" timestamptz,
    "to" timestamptz,
    subjects int[],
    review_at date not null,
    made_by text not null,
    made_at timestamptz not null,
    released_at timestamptz,
    released_by text
);
create index hold_project on hold (project) where released_at is null;

-- Rows under a hold whose table is gone, or whose person was erased. Nothing reads them but their release.
create table held (
    hold bigint not null references hold on delete cascade,
    project int not null,
    signal text not null,
    seq bigint not null,
    at timestamptz not null,
    subject int,
    row jsonb not null,
    copied_at timestamptz not null default now(),
    -- the request of erasure that took the row out of sight; answered when the hold is released
    erasure bigint,
    primary key (hold, signal, seq)
);
create index held_erasure on held (erasure) where erasure is not null;

create table retention_run (
    id bigint primary key generated always as identity,
    started_at timestamptz not null,
    ended_at timestamptz,
    -- none while it runs, and for ever where it was cut off
    outcome text,
    tables int not null default 0,
    rows bigint not null default 0,
    bytes bigint not null default 0
);
create index retention_run_ended on retention_run (ended_at desc) where outcome = 'done';

alter table deletion add column kind text not null default 'retention' check (kind in ('retention', 'erasure'));
alter table deletion add column people bigint;
alter table deletion add column change bigint;
-- What goes, for whoever finishes it after an interruption.
alter table deletion add column item jsonb;
-- The signed statement, exactly as it was signed.
alter table deletion add column proof text;
create index deletion_project on deletion (project, id desc);

-- Parts of tables that were cleaned, with the number of rows that had ever come in by then: unchanged, there is nothing new
-- to look for.
create table swept (
    project int not null references project on delete cascade,
    "table" text not null,
    leaf text not null,
    inserted bigint not null,
    primary key (project, "table", leaf)
);
