-- Creations that were given up without an answer that tells what came of them. What a cloud makes of one late shows by its token,
-- and belongs to whoever asked for it.
create table unanswered (
    number   integer not null,           -- of the token: the resource that was announced
    account  text    not null,           -- that was asked
    kind     text    not null,
    owner    text,                       -- the tenant that asked for it; nobody: the operator
    job      integer not null,
    at       integer not null,           -- milliseconds since 1970
    primary key (number, account)
) strict, without rowid;
