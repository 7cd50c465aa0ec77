-- What the projector finds in the stream: traces, issues, patterns of logs, deployments, fields.

create table trace (
    shard int not null,
    project int not null,
    day date not null,
    trace_id uuid not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    service text,      -- of the root, or of the earliest span while the root is missing
    operation text not null,
    rooted boolean not null,
    environment text,
    spans int not null,
    errors int not null,
    -- Found by its id alone; the day keeps a reused id apart.
    primary key (shard, project, trace_id, day)
);
create index trace_started on trace (project, started_at desc);

create table issue (
    project int not null,
    id bigint not null, -- hash of the grouping
    grouping smallint not null, -- version of the grouping rule; a new rule never regroups old issues
    type text not null,
    title text not null,
    service text,
    culprit text,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    first_version text,
    state text not null default 'open' check (state in ('open', 'resolved', 'archived')),
    resolved_in text,
    state_at timestamptz,
    state_by text,
    primary key (project, id)
);

create table occurrence (
    shard int not null,
    project int not null,
    day date not null,
    -- one exception told by a log and by a span event is one: hash of (trace, span, type, message)
    key bigint not null,
    issue bigint not null,
    at timestamptz not null,
    subject int,
    session bigint,
    service text,
    operation text,
    version text,
    environment text,
    handled boolean not null,
    trace_id uuid,
    span_id bigint,
    message text not null,
    stack text,
    primary key (shard, project, day, key)
);
create index occurrence_issue on occurrence (project, issue, at desc);
create index occurrence_at on occurrence (project, at);

create table deployment (
    project int not null,
    id bigint generated always as identity,
    service text not null,
    version text not null,
    environment text not null default '',
    at timestamptz not null,
    author text,
    url text,
    source text not null, -- 'told' by a pipeline, or 'seen' as a version that was not there before
    primary key (project, id)
);
create unique index deployment_seen on deployment (project, service, version, environment) where source = 'seen';
create index deployment_at on deployment (project, at);

create table field (
    project int not null,
    signal smallint not null,
    name text not null,
    type text not null,
    state text not null default 'proposed' check (state in ('proposed', 'declared', 'blocked')),
    category smallint,
    sensitivity text,
    purpose text,
    owner text,
    legal_basis text,
    retention_days int,
    expires_at timestamptz,
    action text not null default 'keep',
    review text,
    first_seen timestamptz not null default now(),
    last_seen timestamptz not null default now(),
    primary key (project, signal, name)
);

create table retention (
    project int not null,
    signal text not null, -- event, log, log.debug, span, metric, chunk
    days int not null check (days between 1 and 3650),
    changed_at timestamptz not null default now(),
    changed_by text not null default 'default',
    primary key (project, signal)
);

-- Proof of what was deleted.
create table deletion (
    id bigint primary key generated always as identity,
    project int not null,
    signal text not null,
    what text not null,
    rows bigint not null,
    bytes bigint not null,
    oldest timestamptz,
    newest timestamptz,
    policy_days int not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    verified boolean not null
);

do $$
declare name text;
begin
    foreach name in array array['trace', 'issue', 'occurrence', 'deployment', 'field'] loop
        execute format('alter table %I enable row level security', name);
        execute format(
            'create policy one_project on %I for select using (project = nullif(current_setting(''app.project'', true), '''')::int)',
            name);
    end loop;
end $$;
