-- What is recorded beside telemetry: tickets, feedback, surveys, spend, known totals. Upserted by their ids.

create table ticket (
    project int not null,
    id text not null check (length(id) between 1 and 200),
    at timestamptz not null,
    person int, -- number of a subject
    title text not null,
    body text not null,
    status text not null,
    url text,
    rating double precision,
    first_received_at timestamptz not null default now(),
    closed_at timestamptz,
    primary key (project, id)
);
create index ticket_at on ticket (project, at desc);

create table feedback (
    project int not null,
    id text not null check (length(id) between 1 and 200),
    at timestamptz not null,
    person int,
    body text not null,
    rating double precision,
    url text,
    status text not null,
    primary key (project, id)
);
create index feedback_at on feedback (project, at desc);

create table survey (
    project int not null,
    id text not null check (length(id) between 1 and 200),
    at timestamptz not null,
    source text not null,
    question text not null,
    answer text not null,
    rating double precision,
    shares_usage boolean,
    primary key (project, id)
);

create table spend (
    project int not null,
    day date not null,
    campaign text not null,
    source text not null,
    medium text not null,
    amount bigint not null, -- millionths of the currency's unit
    currency text not null,
    primary key (project, day, campaign, source, medium, currency)
);

-- Totals that are known without consent: the frame that coverage is measured against.
create table population (
    project int not null,
    "from" timestamptz not null,
    "to" timestamptz not null,
    strata jsonb not null,
    people bigint,
    requests bigint,
    told_at timestamptz not null default now(),
    primary key (project, "from", "to", strata)
);

do $$
declare name text;
begin
    foreach name in array array['ticket', 'feedback', 'survey', 'spend', 'population', 'target', 'consent'] loop
        execute format('alter table %I enable row level security', name);
        execute format(
            'create policy one_project on %I for select using (project = nullif(current_setting(''app.project'', true), '''')::int)',
            name);
    end loop;
end $$;
