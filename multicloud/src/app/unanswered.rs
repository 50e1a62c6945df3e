//! Creations that were given up without an answer that tells what came of them.
//!
//! Owns what outlives them: enough to know what a cloud made of one late, and whose it is.

use std::time::Duration;

use super::create::explained;
use super::job::End;
use super::search::Search;
use super::{App, AppError, forget};
use crate::inventory::Writer;
use crate::record::{Course, Id, Unanswered, Work};

/// How long a cloud may be late.
const KEPT: Duration = Duration::from_hours(30 * 24);

impl App {
    /// Ends a creation of which its cloud shows nothing, for a reason. Should it show after all, it is known whose it is.
    pub(super) async fn unanswered(&self, id: Id, reason: String) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(job) = writer.job(id) else { return Ok(()) };
        let Work::Create { resource, account, .. } = job.work.clone() else { return Ok(()) };
        if !is_nowhere(&writer, resource) {
            // It shows by now, or was deleted: whoever follows the job sees it.
            return Ok(());
        }
        self.note_unanswered(&mut writer, &account, resource, id);
        if let Some(kind) = writer.kind_of(resource) {
            forget(&mut writer, &[(kind, resource)]);
        }
        if let Some(job) = writer.job(id) {
            writer.put_job(self.end(job, &End::Failed(reason)));
        }
        writer.commit().await?;
        self.tell_whole(id);
        Ok(())
    }

    /// Notes what is to be known of a search if the cloud that was asked last, and gave no answer, comes late.
    pub(super) fn note_silence(&self, writer: &mut Writer, search: &Search) {
        if let Some(account) = search.last_silent() {
            self.note_unanswered(writer, account, search.resource, search.job);
        }
    }

    /// Ends a search of which somebody was told: no cloud has taken it.
    pub(super) fn end_in_vain(&self, writer: &mut Writer, search: &Search, reason: String) {
        self.note_silence(writer, search);
        forget(writer, &[(search.request.kind, search.resource)]);
        let Some(mut job) = writer.job(search.job) else { return };
        let is_stopping = job.attributes.text("state") == Some("STOPPING");
        job.attributes.set("description", explained(&search.choice.decision));
        writer.put_job(self.end(job, &if is_stopping { End::Stopped } else { End::Failed(reason) }));
        writer.put_decision(search.job, search.choice.decision.clone());
    }

    fn note_unanswered(&self, writer: &mut Writer, account: &str, number: Id, job: Id) {
        let Some(record) = writer.resource(number) else { return };
        writer.put_unanswered(Unanswered {
            number,
            account: account.to_owned(),
            kind: record.kind,
            owner: record.owner,
            job,
            disks: record.provenance.disks,
            at: self.clock().now_as_kept(),
        });
    }

    /// Lets go of what is known of creations that nobody has answered for so long that nobody will.
    ///
    /// # Errors
    /// As the store.
    pub async fn retire_unanswered(&self) -> Result<(), AppError> {
        let now = self.clock().now();
        let mut old = self.inventory().unanswered();
        old.retain(|it| {
            let age = now.duration_since(it.at);
            !age.is_negative() && age.unsigned_abs() > KEPT
        });
        if old.is_empty() {
            return Ok(());
        }
        let mut writer = self.inventory().writer().await;
        for it in &old {
            writer.is_answered(it);
        }
        Ok(writer.commit().await?)
    }
}

/// Whether what was announced is at no cloud yet.
pub(super) fn is_nowhere(writer: &Writer, resource: Id) -> bool {
    writer.resource(resource).is_some_and(|record| record.replicas.is_empty())
}

/// Whether what a job makes is wanted still: nobody stops it, or takes away what it is made for.
pub(super) fn is_wanted(writer: &Writer, job: Id) -> bool {
    let job = writer.job(job).filter(|job| job.work != Work::Done);
    job.is_some_and(|job| {
        let whole = job.whole().and_then(|whole| writer.job(whole));
        let is_undone =
            whole.is_some_and(|it| matches!(it.work, Work::System { course: Course::Unmake { .. }, .. }));
        job.attributes.text("state") != Some("STOPPING") && !is_undone
    })
}
