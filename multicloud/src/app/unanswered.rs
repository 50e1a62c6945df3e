//! Creations that were given up without an answer that tells what came of them.
//!
//! Owns what outlives them: enough to know what a cloud made of one late, and whose it is.

use std::time::Duration;

use super::job::End;
use super::{App, AppError, forget};
use crate::record::{Id, Stage, Unanswered, Work};

/// How long a cloud may be late.
const KEPT: Duration = Duration::from_hours(30 * 24);

impl App {
    /// Ends a creation of which its cloud shows nothing. Should it show after all, it is known whose it is.
    pub(super) async fn unanswered(&self, id: Id) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(job) = writer.job(id) else { return Ok(()) };
        let Work::Create { resource, account, stage } = job.work.clone() else { return Ok(()) };
        let Some(record) = writer.resource(resource).filter(|record| record.replicas.is_empty()) else {
            // It shows by now, or was deleted: whoever follows the job sees it.
            return Ok(());
        };
        let reason = match stage {
            Stage::Planned | Stage::Sent => {
                format!(
                    "{account} gave no answer that tells what came of it, and does not have it: ask again"
                )
            }
            Stage::Followed { .. } | Stage::Accepted => {
                format!("{account} accepted it, but does not have it: ask again")
            }
        };
        writer.put_unanswered(Unanswered {
            number: resource,
            account,
            kind: record.kind,
            owner: record.owner,
            job: id,
            at: self.clock().now_as_kept(),
        });
        forget(&mut writer, &[(record.kind, resource)]);
        if let Some(job) = writer.job(id) {
            writer.put_job(self.end(job, &End::Failed(reason)));
        }
        writer.commit().await?;
        self.tell_whole(id);
        Ok(())
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
