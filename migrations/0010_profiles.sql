-- What senders say of people and groups beside events.

-- Said of a subject; its person is subject.person. The newest word on a name counts, `once` yields to any other.
create table person_property (
    project int not null,
    subject int not null,
    name text not null,
    value jsonb,              -- none: taken back
    at timestamptz not null,  -- when it was said
    once boolean not null,    -- said as "unless something is known": the earliest of these counts
    primary key (project, subject, name)
);
create index person_property_name on person_property (project, name);

-- A company, a team, an account: whatever a sender groups people by.
create table customer_group (
    project int not null,
    number int generated always as identity,
    kind text not null,       -- such as `company`
    key text not null,        -- the sender's id of it, masked like any text
    first_seen timestamptz not null default now(),
    primary key (project, number)
);
create unique index customer_group_key on customer_group (project, kind, key);

create table group_property (
    project int not null,
    "group" int not null,     -- customer_group.number
    name text not null,
    value jsonb,
    at timestamptz not null,
    once boolean not null,
    primary key (project, "group", name)
);
create index group_property_name on group_property (project, name);

create table group_member (
    project int not null,
    "group" int not null,
    subject int not null,
    since timestamptz not null, -- earliest record that says so
    primary key (project, "group", subject)
);
create index group_member_subject on group_member (project, subject);

-- Who is one person by an explicit statement is looked up from both sides.
create index alias_b on alias (project, b);

do $$
declare name text;
begin
    foreach name in array array['person_property', 'customer_group', 'group_property', 'group_member'] loop
        execute format('alter table %I enable row level security', name);
        execute format(
            'create policy one_project on %I for select using (project = nullif(current_setting(''app.project'', true), '''')::int)',
            name);
    end loop;
end $$;
