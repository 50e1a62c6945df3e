//! The guard before a cloud of which every answer is written down, in a time that passes when nobody has anything to do.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cimi::Attributes;

use super::super::{
    Creation, Discovery, Family, Found, JobState, Native, PartList, Parts, Rest, Service, Started, Token,
};
use super::*;
use crate::kind::Kind;

/// What a cloud does with a call.
#[derive(Debug)]
enum Answer {
    No(CloudError),
    Never,
}

/// A cloud that reads its answers off a list, and notes when it was asked.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Instant>>,
}

impl Scripted {
    fn of(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<Instant> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn answer<T>(&self, yes: T) -> Result<T, CloudError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        let next = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match next {
            None => Ok(yes),
            Some(Answer::No(error)) => Err(error),
            Some(Answer::Never) => std::future::pending().await,
        }
    }
}

fn started() -> Started {
    Started { created: None, rest: Rest::None }
}

#[async_trait]
impl Connector for Scripted {
    async fn discover(&self) -> Result<Discovery, CloudError> {
        self.answer(Discovery::default()).await
    }
    fn service(&self, _: Family) -> Option<&dyn Service> {
        Some(self)
    }
    async fn identify(&self, _: &Native) -> Result<Option<(Kind, Found)>, CloudError> {
        self.answer(None).await
    }
    async fn job(&self, _: &Native) -> Result<JobState, CloudError> {
        self.answer(JobState::Stopped).await
    }
    async fn cancel(&self, _: &Native) -> Result<(), CloudError> {
        self.answer(()).await
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(1)
    }
}

#[async_trait]
impl Service for Scripted {
    async fn list(&self, _: Kind) -> Result<Vec<Found>, CloudError> {
        self.answer(Vec::new()).await
    }
    async fn get(&self, _: Kind, native: &Native) -> Result<Found, CloudError> {
        let (native, attributes) = (native.clone(), Attributes::new());
        self.answer(Found { native, attributes, token: None, offers: Vec::new() }).await
    }
    async fn parts(&self, _: &Native, _: Parts) -> Result<PartList, CloudError> {
        self.answer(PartList::default()).await
    }
    async fn add_part(&self, _: &Native, _: Parts, _: &Attributes) -> Result<Started, CloudError> {
        self.answer(started()).await
    }
    async fn delete_part(&self, _: &Native, _: Parts, _: &Native) -> Result<Started, CloudError> {
        self.answer(started()).await
    }
    async fn insert(&self, _: &Native, _: Parts, _: &Native, _: &Attributes) -> Result<Started, CloudError> {
        self.answer(started()).await
    }
    async fn remove(&self, _: &Native, _: Parts, _: &Native) -> Result<Started, CloudError> {
        self.answer(started()).await
    }
    async fn create(&self, _: &Creation) -> Result<Started, CloudError> {
        self.answer(started()).await
    }
    async fn find(&self, _: Kind, _: &Token) -> Result<Option<Found>, CloudError> {
        self.answer(None).await
    }
    async fn update(&self, _: Kind, _: &Native, _: &Attributes, _: &[String]) -> Result<Started, CloudError> {
        self.answer(started()).await
    }
    async fn delete(&self, _: Kind, _: &Native) -> Result<Started, CloudError> {
        self.answer(started()).await
    }
    async fn act(&self, _: Kind, _: &Native, _: &str, _: &Attributes) -> Result<Started, CloudError> {
        self.answer(started()).await
    }
}

fn no(class: Class, retry_after: Option<u64>) -> Answer {
    Answer::No(CloudError { class, message: String::new(), retry_after })
}

fn guarded(cloud: &Arc<Scripted>, limits: Limits) -> Guarded {
    Guarded::new(cloud.clone(), limits)
}

/// What is asked about: the answers do not depend on it.
static NATIVE: Native = Native(String::new());

/// The class of the end of a reading and of a change, and how often each was asked for.
async fn ends(answers: impl Fn() -> Vec<Answer>) -> [(Option<Class>, usize); 2] {
    let (read, changed) = (Scripted::of(answers()), Scripted::of(answers()));
    let limits = Limits::default();
    let reading = guarded(&read, limits).get(Kind::Machine, &NATIVE).await.err().map(|it| it.class);
    let changing = guarded(&changed, limits).delete(Kind::Machine, &NATIVE).await.err().map(|it| it.class);
    [(reading, read.asked().len()), (changing, changed.asked().len())]
}

#[tokio::test(start_paused = true)]
async fn only_what_has_not_happened_is_tried_again() {
    use Class::{Auth, Capacity, Conflict, Gone, Throttled, Unavailable, UnknownOutcome, Unreachable};
    for class in [Auth, Capacity, Conflict, Gone, Unreachable, UnknownOutcome] {
        assert_eq!(ends(|| vec![no(class, None)]).await, [(Some(class), 1); 2], "{class:?}");
    }
    assert_eq!(ends(|| vec![no(Throttled, None)]).await, [(None, 2); 2]);
    assert_eq!(ends(|| vec![no(Unavailable, None)]).await, [(None, 2), (Some(Unavailable), 1)]);
    let always = || (0..9).map(|_| no(Throttled, None)).collect();
    assert_eq!(ends(always).await, [(Some(Throttled), 3); 2], "there is an end to it");
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_names_a_time_is_left_alone_until_then() {
    let cloud = Scripted::of([no(Class::Throttled, Some(4))]);
    let guard = guarded(&cloud, Limits::default());
    let begun = Instant::now();
    let (one, ()) = tokio::join!(guard.get(Kind::Machine, &NATIVE), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        guard.get(Kind::Volume, &NATIVE).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(4), "the next one waits as well");
    });
    assert!(one.is_ok() && begun.elapsed() < Duration::from_secs(6));

    let cloud = Scripted::of([no(Class::Throttled, Some(3600))]);
    let guard = guarded(&cloud, Limits::default());
    let begun = Instant::now();
    let error = guard.get(Kind::Machine, &NATIVE).await.unwrap_err();
    assert_eq!((error.class, cloud.asked().len()), (Class::Unavailable, 1));
    assert!(error.retry_after.is_some_and(|seconds| seconds > 10), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(1), "nobody waits for what is too late");
}

#[tokio::test(start_paused = true)]
async fn a_silent_cloud_holds_so_many_calls_and_no_more() {
    let limits = Limits { at_once: 2, wait: Duration::from_secs(5), ..Limits::default() };
    let cloud = Scripted::of((0..9).map(|_| Answer::Never));
    let guard = guarded(&cloud, limits);
    let (read, changed) = (guard.get(Kind::Machine, &NATIVE), guard.delete(Kind::Machine, &NATIVE));
    let late = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begun = Instant::now();
        let error = guard.get(Kind::Machine, &NATIVE).await.unwrap_err();
        assert_eq!((error.class, begun.elapsed()), (Class::Unavailable, limits.wait));
        assert_eq!(cloud.asked().len(), 2, "it has not been asked");
    };
    let (read, changed, ()) = tokio::join!(read, changed, late);
    assert_eq!(read.unwrap_err().class, Class::Unreachable);
    assert_eq!(changed.unwrap_err().class, Class::UnknownOutcome, "it may have happened");
    assert!(guard.turns.available_permits() == limits.at_once, "turns are given back");
}
