-- When a chunk was written: a period that nothing was added to for a while is merged whole.
alter table chunk add column made_at timestamptz not null default now();
