-- Whom telemetry is about. A subject is one identifier that a client sent (or one made up for a day);
-- a person is the set of subjects that belong together.

create table subject (
    project int not null,
    number int not null,
    -- keyed hash of kind and identifier; the identifier itself is not derivable from it
    ref uuid not null,
    kind smallint not null, -- 0 user, 1 anonymous, 2 made up for one day
    -- destroyed by erasure: what it sealed is unreadable from then on, in old backups too
    person_key bytea,
    sealed bytea,
    -- the subject that stands for the whole person
    person int not null,
    first_seen timestamptz not null,
    erased_at timestamptz,
    primary key (project, number)
);
create unique index subject_ref on subject (project, ref);
create index subject_person on subject (project, person) where person <> number;

-- An anonymous subject belongs to the user it was first seen with by event time, whatever arrived first.
create table acquaintance (
    project int not null,
    anonymous int not null,
    "user" int not null,
    at timestamptz not null,
    primary key (project, anonymous, "user")
);

-- Explicit statements that two subjects are one person (alias, identify). Symmetric.
create table alias (
    project int not null,
    a int not null,
    b int not null,
    at timestamptz not null,
    undone_at timestamptz,
    primary key (project, a, b)
);

-- Grows whenever a canonical number changes; readers keep their map of people current by it.
create table reassignment (
    project int not null,
    seq bigint generated always as identity,
    number int not null,
    person int not null,
    primary key (project, seq)
);

-- Decisions about collection, append-only. The newest per subject is in force.
create table consent (
    project int not null,
    receipt uuid not null,
    ref uuid not null,
    decided_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    granted smallint not null, -- bits of categories
    denied smallint not null,
    policy text not null,
    source text not null,
    expires_at timestamptz not null,
    primary key (project, receipt)
);
create index consent_ref on consent (project, ref, decided_at desc);
