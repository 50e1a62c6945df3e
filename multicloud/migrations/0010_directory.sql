-- Who may use the manager and which clouds it uses: tenants, users, tokens, providers, accounts, locations, policies.
create table directory (
    collection text    not null,           -- tenants, users, ...
    name       text    not null,
    enabled    integer not null,
    version    integer not null,           -- grows with every change; a change names the one that it is of
    created    integer not null,           -- milliseconds since 1970
    updated    integer not null,
    body       text    not null,           -- JSON, nothing of it secret
    concealed  text,                       -- JSON: sealed secrets, the hash of a password, the digest of a token
    primary key (collection, name)
) strict, without rowid;

-- Whom it belongs to; nobody: it is shared, or the operator's.
alter table resource add column owner text;
alter table job add column owner text;
create index resource_of on resource (owner) where owner is not null;
