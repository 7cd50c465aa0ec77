-- What arrived, after the gate. Append-only, partitioned by project and then by day (UTC), so that
-- retention of one project and signal is the drop of a table. Few indexes: rows are found by time.
-- seq = batch << 20 | position in the batch: the order of ingestion.
-- shard: hash of project and bucket, the distribution key where Postgres is scaled out.

create table event (
    shard int not null,
    project int not null,
    at timestamptz not null,
    seq bigint not null,
    received_at timestamptz not null,
    name text not null,
    category smallint not null,
    subject int,
    anonymous int,
    session bigint,
    id uuid,
    country text,
    device text,
    os text,
    browser text,
    locale text,
    network text,
    theme text,
    screen text,
    version text,
    environment text,
    service text,
    url_host text,
    url_path text,
    title text,
    referrer text,
    campaign_source text,
    campaign_medium text,
    campaign_name text,
    campaign_term text,
    campaign_content text,
    trace_id uuid,
    revenue bigint, -- millionths of the currency's unit
    currency text,
    weight real not null,
    flags smallint not null,
    properties jsonb
) partition by list (project);

create table span (
    shard int not null,
    project int not null,
    at timestamptz not null,
    seq bigint not null,
    received_at timestamptz not null,
    duration bigint not null, -- nanoseconds
    trace_id uuid not null,
    span_id bigint not null,
    parent_id bigint,
    service text,
    operation text not null,
    kind smallint not null,
    error boolean not null,
    status smallint, -- HTTP or RPC status code
    version text,
    environment text,
    host text,
    subject int,
    anonymous int,
    session bigint,
    resource int not null,
    scope text,
    weight real not null,
    flags smallint not null,
    attributes jsonb,
    events jsonb,
    links jsonb
) partition by list (project);

create table log (
    shard int not null,
    project int not null,
    at timestamptz not null,
    seq bigint not null,
    received_at timestamptz not null,
    severity smallint not null,
    service text,
    host text,
    message text not null,
    name text, -- event name, where the record is an event
    trace_id uuid,
    span_id bigint,
    version text,
    environment text,
    subject int,
    anonymous int,
    session bigint,
    resource int not null,
    scope text,
    flags smallint not null,
    attributes jsonb
) partition by list (project);

create table metric (
    shard int not null,
    project int not null,
    at timestamptz not null,
    seq bigint not null,
    series int not null,
    started_at timestamptz,
    value double precision, -- of gauges and sums; of the others the mean
    count bigint,
    sum double precision,
    low double precision,
    high double precision,
    flags smallint not null,
    buckets jsonb -- bounds and counts, or scale and offsets
) partition by list (project);

-- Attributes of the thing that sent: service, host, container. Shared by its records.
create table resource (
    project int not null,
    id int generated always as identity,
    hash uuid not null,
    attributes jsonb not null,
    primary key (project, id)
);
create unique index resource_hash on resource (project, hash);

create table series (
    project int not null,
    id int generated always as identity,
    hash uuid not null,
    name text not null,
    unit text not null,
    description text not null,
    kind smallint not null, -- 0 gauge, 1 sum, 2 histogram, 3 exponential histogram, 4 summary
    cumulative boolean not null,
    monotonic boolean not null,
    service text,
    host text,
    resource int not null,
    labels jsonb not null,
    first_seen timestamptz not null default now(),
    primary key (project, id)
);
create unique index series_hash on series (project, hash);
create index series_name on series (project, name);

-- Ids of stored events: the first content wins for as long as its row lives, on whatever day it lies.
create table event_key (
    project int not null,
    id uuid not null,
    day date not null,
    primary key (project, id)
);

-- The reader sees one project at a time; without the setting it sees nothing.
do $$
declare name text;
begin
    foreach name in array array['event', 'span', 'log', 'metric', 'resource', 'series', 'subject', 'reassignment'] loop
        execute format('alter table %I enable row level security', name);
        execute format(
            'create policy one_project on %I for select using (project = nullif(current_setting(''app.project'', true), '''')::int)',
            name);
    end loop;
end $$;
