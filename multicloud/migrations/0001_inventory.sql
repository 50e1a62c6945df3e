-- Resources that the manager shows: its own and those of clouds.
create table resource (
    id       integer primary key,
    kind     text    not null,
    body     blob    not null,           -- CIMI 2.0 JSON; references to resources of the manager as paths
    version  integer not null            -- grows with every change
) strict;

-- Identifiers are never used twice, not even after what had them was deleted.
create table last_id (value integer not null) strict;
insert into last_id (value) values (0);

-- Where a resource is: one row for a machine, one per cloud for an image that several have.
create table replica (
    resource integer not null references resource (id) on delete cascade,
    position integer not null,           -- of things that several clouds have, the first one's words are shown
    account  text    not null,
    native   text    not null,
    offers   text    not null,           -- names of operations, separated by blanks
    primary key (account, native)
) strict, without rowid;

create index replica_of on replica (resource);

-- Every change is recorded before the first call to a cloud, and followed until it has ended.
create table job (
    id       integer primary key,
    state    text    not null,
    body     blob    not null,           -- CIMI 2.0 JSON of the Job
    work     text    not null,           -- JSON: what is to be done, and how far it is
    version  integer not null
) strict;

-- Who this manager is: part of every idempotency token, so that two managers of one cloud do not take each other's machines.
create table instance (name text not null) strict;
insert into instance (name) values (lower(hex(randomblob(8))));
