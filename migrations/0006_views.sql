-- What people keep: saved views and targets.

create table saved_view (
    id bigint primary key generated always as identity,
    project int not null references project on delete cascade,
    kind text not null, -- 'funnel', later others
    name text not null check (name <> '' and length(name) <= 200),
    description text not null default '',
    folder text not null default '',
    owner int references account on delete set null,
    version int not null default 1,
    definition jsonb not null,
    -- who may open it beside the owner; none: everybody who may open the project
    shared_role text,
    -- the answer when it was saved: a figure that changes later can say why
    answer jsonb,
    answered_at timestamptz,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    removed_at timestamptz
);
create index saved_view_project on saved_view (project, kind) where removed_at is null;

create table saved_view_version (
    view bigint not null references saved_view on delete cascade,
    version int not null,
    name text not null,
    definition jsonb not null,
    changed_by text not null,
    changed_at timestamptz not null default now(),
    primary key (view, version)
);

create table share_link (
    token bytea primary key,
    view bigint not null references saved_view on delete cascade,
    created_by int references account on delete cascade,
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);

create table target (
    project int not null references project on delete cascade,
    measure text not null,
    value double precision not null,
    changed_by text not null default '',
    changed_at timestamptz not null default now(),
    primary key (project, measure)
);
