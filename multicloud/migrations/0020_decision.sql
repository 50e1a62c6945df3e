-- Why what a job creates went where it went; goes with the job.
create table decision (
    job      integer primary key references job (id) on delete cascade,
    body     text    not null            -- JSON: offers, reasons, and what became of the clouds asked
) strict;
