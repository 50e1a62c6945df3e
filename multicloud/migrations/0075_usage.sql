-- What was there for whom, at which account, and at what price: an interval for as long as nothing of that changes. Written with
-- the change that begins or ends it.
create table usage (
    number   integer primary key,
    resource integer not null,           -- which may be gone by now
    kind     text    not null,
    tenant   text,                       -- whose it was; nobody: the operator's
    user     text,                       -- who asked for it, where that is known
    account  text    not null,
    provider text,
    running  integer not null,           -- 1 while a machine runs
    cpu      integer not null,
    memory   integer not null,           -- in kibibytes
    storage  integer not null,           -- in kilobytes
    price    integer,                    -- thousandths for an hour; null: there is none
    began    integer not null,           -- milliseconds since 1970
    ended    integer                     -- null: it goes on
) strict;
create unique index usage_open on usage (resource) where ended is null;
create index usage_ended on usage (ended) where ended is not null;

-- Who asked for what there is.
create table usage_asked (
    resource integer primary key references resource (id) on delete cascade,
    user     text    not null
) strict;

-- Since when intervals are written: what was there before has one from then on.
create table usage_since (at integer not null) strict;
