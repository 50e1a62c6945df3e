-- Whether the holder of a lease shows that it lives by a lock on a file, which goes when it dies.
alter table lease add column guarded integer not null default 0;
