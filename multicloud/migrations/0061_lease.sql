-- What one alone may do at a time, and until when it does: a fence grows with every holder.
create table lease (
    name    text    primary key,
    holder  text    not null,
    fence   integer not null,
    since   integer not null,            -- milliseconds since 1970
    until   integer not null
) strict, without rowid;
