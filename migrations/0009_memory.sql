-- What people keep of any page, what it said when they kept it, and what they write onto the time axis.

create table favourite (
    account int not null references account on delete cascade,
    view bigint not null references saved_view on delete cascade,
    since timestamptz not null default now(),
    primary key (account, view)
);

-- The figures of a saved view or of a shared link at the moment of saving, with what is needed to ask the same again:
-- absolute times, the last batch of raw rows and the last change of people that were there, the version of the rules.
create table memory (
    id bigint primary key generated always as identity,
    project int not null references project on delete cascade,
    view bigint not null references saved_view on delete cascade,
    version int not null,
    -- none: of the view itself
    link bytea references share_link on delete cascade,
    -- address of the page over absolute times
    page text not null,
    query text not null,
    rules int not null,
    figures jsonb not null,
    batch bigint not null,
    reassignment bigint not null,
    -- the same figures over exactly the rows up to `batch`, once every batch up to it has ended
    base jsonb,
    made_at timestamptz not null default now()
);
create index memory_view on memory (view, made_at desc);
create index memory_due on memory (made_at) where base is null;

-- Words of people on the time axis of every chart: campaigns, outages, holidays.
create table annotation (
    id bigint primary key generated always as identity,
    project int not null references project on delete cascade,
    at timestamptz not null,
    -- none: a moment
    until timestamptz check (until > at),
    words text not null check (words <> '' and length(words) <= 200),
    author int references account on delete set null,
    made_at timestamptz not null default now(),
    removed_at timestamptz
);
create index annotation_at on annotation (project, at) where removed_at is null;
alter table annotation enable row level security;
create policy one_project on annotation for select using (project = nullif(current_setting('app.project', true), '')::int);

-- When each person last looked at what happened.
alter table account add column notices_seen_at timestamptz;
