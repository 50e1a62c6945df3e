-- What has happened: to resources, to the manager itself, to who may use it. Written with the change that it tells of.
create table event (
    number   integer primary key autoincrement,  -- in the order in which it was written; never used twice
    at       integer not null,                   -- milliseconds since 1970
    about    text    not null,                   -- the path of what it is about; empty: the manager itself
    owner    text,                               -- the tenant that it belongs to; nobody: the operator's, or of what all share
    sort     text    not null,                   -- state, model, alarm, access
    severity text    not null,                   -- low, medium, high, critical
    body     text    not null                    -- JSON: the rest, nothing of it secret
) strict;
create index event_about on event (about, number);
create index event_owner on event (owner, number) where owner is not null;
create index event_at on event (at);

-- From where on an event log shows events: what was written before it was made is none of its own.
create table event_log (
    log      integer primary key references resource (id) on delete cascade,
    after    integer not null
) strict;
