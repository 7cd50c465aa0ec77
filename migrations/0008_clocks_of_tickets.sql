-- When the state of a ticket was last told, and when it was first more than open. Records may arrive in any order.
alter table ticket add column told_at timestamptz;
alter table ticket add column answered_at timestamptz;
