-- Projects, the people who sign in, and what they may do.

create table project (
    id int primary key generated always as identity,
    name text not null unique check (name <> '' and length(name) <= 100),
    -- 'product': telemetry of a customer's software; 'own': of Parallax itself; 'demo': the simulated company
    kind text not null default 'product' check (kind in ('product', 'own', 'demo')),
    zone text not null default 'UTC',
    currency text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    catalogue text not null default 'learn' check (catalogue in ('learn', 'strict')),
    -- keys the pseudonyms of people; never rotates, leaves the database only with a backup
    secret bytea not null check (length(secret) = 32),
    -- dense numbers of people are handed out from here, under the row's lock
    next_subject int not null default 1,
    apdex_ms int not null default 500,
    created_at timestamptz not null default now()
);

create table account (
    id int primary key generated always as identity,
    email text not null check (email = lower(email)),
    name text not null,
    password text, -- argon2id in PHC form; none until the invitation is accepted
    roles text[] not null check (cardinality(roles) > 0),
    projects int[], -- none: every project
    failures int not null default 0,
    locked_until timestamptz,
    disabled_at timestamptz,
    created_at timestamptz not null default now()
);
create unique index account_email on account (email);

-- The cookie holds 256 random bits; only their hash is kept.
create table session (
    token bytea primary key,
    account int not null references account on delete cascade,
    agent text not null,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    -- the password or role was proven this recently; sensitive changes ask for it
    proven_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index session_account on session (account);

-- Links that let somebody in once: first set-up, invitation, password reset.
create table ticket_of_entry (
    token bytea primary key,
    purpose text not null check (purpose in ('set-up', 'invitation', 'reset')),
    account int references account on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);

create table api_key (
    id int primary key generated always as identity,
    project int not null references project on delete cascade,
    kind text not null check (kind in ('ingest', 'browser', 'read', 'write')),
    role text not null default 'admin',
    name text not null default '',
    hash bytea not null unique,
    -- last four digits, so that a person can tell keys apart
    hint text not null,
    origins text[] not null default '{}',
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz
);

-- Hash-chained: each row's hash covers the one before, so a change or a gap shows.
create table audit (
    seq bigint primary key,
    at timestamptz not null,
    project int,
    actor text not null,
    action text not null,
    object text not null,
    detail text not null, -- JSON exactly as it was hashed
    hash bytea not null
);

create table setting (
    key text primary key,
    value jsonb not null
);

-- Every process reads this once a second; a change of keys, roles, consent or catalogue raises its counter.
create table change (
    topic text primary key,
    version bigint not null default 0
);
insert into change (topic) values ('key'), ('consent'), ('catalogue'), ('project'), ('retention');
