-- Kilobytes of the disks that a machine was given through the manager, or was to have: it does not show them itself.
alter table resource add column disks integer not null default 0;
alter table unanswered add column disks integer not null default 0;
