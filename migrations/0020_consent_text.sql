-- What people read where they are asked, per language. Laid over the built-in texts; languages without a row have those.
create table consent_text (
    project int not null references project on delete cascade,
    language text not null check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$'),
    texts jsonb not null, -- only what differs from the built-in texts; a category that is null is not asked about
    -- version of what is agreed to; who agreed to another one is asked again
    policy text not null check (length(policy) between 1 and 100),
    changed_by text not null default '',
    changed_at timestamptz not null default now(),
    primary key (project, language)
);
