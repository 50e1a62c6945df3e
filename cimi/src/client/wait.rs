//! Waiting for Jobs and states, with a deadline and a growing pause.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::{Error, Failure};
use super::{Accepted, Client, Fetched};
use crate::document::Document;
use crate::model::{Schema, schema};

/// How long to wait, and how often to look.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// In all.
    pub within: Duration,
    /// Before the second look; doubled until `slowest`.
    pub first: Duration,
    /// The longest pause.
    pub slowest: Duration,
}

/// Where a Job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on; percent.
    Running(i64),
    /// It succeeded.
    Succeeded,
    /// It failed or was stopped; its message.
    Failed(String),
}

impl Default for Wait {
    fn default() -> Self {
        Self {
            within: Duration::from_mins(5),
            first: Duration::from_millis(50),
            slowest: Duration::from_secs(5),
        }
    }
}

impl Progress {
    /// Where the Job of this document stands (table 46).
    pub fn of(job: &Document) -> Self {
        let attributes = &job.attributes;
        let message = || attributes.text("statusMessage").unwrap_or("no reason given").to_owned();
        match attributes.text("state") {
            Some("SUCCESS") => Self::Succeeded,
            Some("FAILED" | "STOPPED") => Self::Failed(message()),
            _ => Self::Running(attributes.integer("progress").unwrap_or(0)),
        }
    }
}

impl Client {
    /// Waits until a Job has ended.
    ///
    /// # Errors
    /// `Failed` with the Job's message if it did not succeed, `Deadline` if it did not end in time.
    pub async fn wait_for_job(&self, href: &str, wait: Wait) -> Result<Document, Error> {
        let expected = [schema(self.edition(), "Job")];
        self.poll(href, &expected, wait, |job| match Progress::of(job) {
            Progress::Running(_) => None,
            Progress::Succeeded => Some(Ok(())),
            Progress::Failed(message) => Some(Err(message)),
        })
        .await
        .map(|fetched| fetched.document)
    }

    /// Waits until a resource is in one of the states `until`.
    ///
    /// # Errors
    /// `Failed` if it comes to a state of `failing`, `Deadline` if it did not get there in time.
    pub async fn wait_for_state(
        &self,
        href: &str,
        expected: &'static Schema,
        until: &[&str],
        failing: &[&str],
        wait: Wait,
    ) -> Result<Fetched, Error> {
        self.poll(href, &[expected], wait, |document| {
            let state = document.attributes.text("state")?;
            if until.contains(&state) {
                return Some(Ok(()));
            }
            failing.contains(&state).then(|| Err(format!("it came to the state {state}")))
        })
        .await
    }

    /// Waits for what a change began: its Job if it has one, else nothing.
    ///
    /// # Errors
    /// As [`Client::wait_for_job`].
    pub async fn settle(&self, accepted: &Accepted, wait: Wait) -> Result<(), Error> {
        match &accepted.job {
            Some(job) if accepted.status == 202 => self.wait_for_job(job, wait).await.map(|_| ()),
            _ => Ok(()),
        }
    }

    async fn poll(
        &self,
        href: &str,
        expected: &[&'static Schema],
        wait: Wait,
        ended: impl Fn(&Document) -> Option<Result<(), String>>,
    ) -> Result<Fetched, Error> {
        let end = Instant::now() + wait.within;
        let mut pause = wait.first;
        loop {
            let fetched = self.get(href, expected).await?;
            match ended(&fetched.document) {
                Some(Ok(())) => return Ok(fetched),
                Some(Err(message)) => return Err(Error::new(Failure::Failed, href, message)),
                None if Instant::now() + pause > end => {
                    let state = fetched.document.attributes.text("state").unwrap_or("without state");
                    let message = format!("still {state} after {} s", wait.within.as_secs());
                    return Err(Error::new(Failure::Deadline, href, message));
                }
                None => sleep(pause).await,
            }
            pause = (pause * 2).min(wait.slowest);
        }
    }
}
