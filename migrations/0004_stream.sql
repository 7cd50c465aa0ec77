-- From raw rows to projections.

-- One row per committed group of submissions, in the transaction of its raw rows. Readers follow it by
-- transaction id: everything below the oldest running transaction is final, so nothing is ever missed.
create table batch (
    id bigint primary key,
    xid xid8 not null default pg_current_xact_id(),
    committed_at timestamptz not null default clock_timestamp(),
    signal smallint not null,
    projects int[] not null,
    accounts jsonb not null, -- what became of the records, per project, key and minute
    payload bytea not null   -- the records as the projections need them
);
create index batch_xid on batch (xid);
create sequence batch_id;

-- Keys of whole submissions, kept 48 hours: a repeat gets the first answer again.
create table submission (
    project int not null,
    signal smallint not null,
    key bytea not null,
    body bytea not null,
    received_at timestamptz not null,
    answer jsonb,
    primary key (project, signal, key)
);
create index submission_received on submission (received_at);

create table watermark (
    name text primary key,
    xid xid8 not null
);
insert into watermark values ('projector', '0');

-- Every projection is kept as chunks: a compressed, columnar piece of one kind for one period.
-- Tier 0 is written by the projector at each tick; compaction replaces several by one of the next tier.
create table chunk (
    shard int not null,
    project int not null,
    kind smallint not null,
    part text not null,          -- the column, grain or metric within the kind; '*' holds all of them
    period timestamptz not null, -- start of the hour or day
    tier smallint not null,
    seq bigint not null,         -- highest tick folded into it
    rows int not null,
    body bytea not null,
    primary key (shard, project, kind, part, period, tier, seq)
);
alter table chunk alter column body set storage external;
create index chunk_open on chunk (project, kind, period) where tier = 0;
create sequence tick;

-- received = stored + duplicate + rejected + dropped + quarantined
create table accounting (
    project int not null,
    signal smallint not null,
    key int not null, -- 0: Parallax itself
    minute timestamptz not null,
    received bigint not null,
    stored bigint not null,
    duplicate bigint not null,
    rejected bigint not null,
    dropped bigint not null,
    quarantined bigint not null,
    primary key (project, signal, key, minute)
);

-- What the database refused: shape and reason, never content. Kept seven days.
create table quarantine (
    project int not null,
    signal smallint not null,
    at timestamptz not null default now(),
    reason text not null,
    shape jsonb not null
);

alter table chunk enable row level security;
create policy one_project on chunk for select using (project = nullif(current_setting('app.project', true), '')::int);
