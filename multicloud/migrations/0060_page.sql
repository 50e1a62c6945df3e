-- What pages of resources are found by: their attributes as the body has them, in forms that can be compared. What is not there
-- is null, or empty.
alter table resource add column state    text not null default '';
alter table resource add column account  text not null default '';  -- of things that are at one cloud
alter table resource add column name_key text;                       -- in Normalization Form KD: the order of names
alter table resource add column created  blob;                       -- twelve bytes, in the order of time
alter table resource add column updated  blob;

drop index resource_of;
create index resource_kind on resource (kind);
create index resource_owner on resource (kind, owner);
create index resource_state on resource (kind, state);
create index resource_account on resource (kind, account);
create index resource_name on resource (kind, name_key);
create index resource_created on resource (kind, created, state);

create table property (
    resource integer not null references resource (id) on delete cascade,
    key      text    not null,
    value    text    not null,
    primary key (resource, key)
) strict, without rowid;

create index property_value on property (key, value);

-- How many there are, so that nobody has to count them for each page; nobody's are with the empty owner.
create table tally (
    kind    text    not null,
    owner   text    not null,
    account text    not null,
    state   text    not null,
    number  integer not null,
    primary key (kind, owner, account, state)
) strict, without rowid;

insert into tally select kind, coalesce(owner, ''), account, state, count(*) from resource group by 1, 2, 3, 4;

create trigger resource_comes after insert on resource begin
    insert into tally values (new.kind, coalesce(new.owner, ''), new.account, new.state, 1)
        on conflict do update set number = number + 1;
end;

create trigger resource_goes after delete on resource begin
    update tally set number = number - 1
        where kind = old.kind and owner = coalesce(old.owner, '') and account = old.account and state = old.state;
end;

create trigger resource_changes after update of owner, account, state on resource
    when old.owner is not new.owner or old.account <> new.account or old.state <> new.state
begin
    update tally set number = number - 1
        where kind = old.kind and owner = coalesce(old.owner, '') and account = old.account and state = old.state;
    insert into tally values (new.kind, coalesce(new.owner, ''), new.account, new.state, 1)
        on conflict do update set number = number + 1;
end;

-- In which form all of this was written: records of an older one are written again at the start.
create table page_form (version integer not null) strict;
insert into page_form values (0);
