-- How the manager came to show a resource. What it has made before this is known shows by its token, once it is looked at.
alter table resource add column origin text not null default 'found';
update resource set origin = 'made' where id not in (select resource from replica);

-- Since when its cloud does not have it any more, in milliseconds since 1970; null: it has it.
alter table resource add column gone integer;

-- The resource among whose parts it was made.
alter table resource add column part_of integer;

-- What clouds have and the manager is not to show: it is not imported until it is recalled.
create table forgotten (
    id       integer primary key,
    kind     text    not null,
    account  text    not null,
    native   text    not null,
    name     text,                       -- what it was called, for people
    at       integer not null,           -- milliseconds since 1970
    unique (account, native)
) strict;
