//! Bodies that arrive in part, slowly, or never.
//!
//! Owns their streams. A stream that ends in an error makes the server close the connection.

use std::io;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use tokio::time::sleep;

/// How often a slow body sends something.
const TICK: Duration = Duration::from_millis(100);

/// A body that fails before anything of the reply has been sent: its head goes out with the first of the body, or when there is
/// none yet.
pub(super) fn none() -> Body {
    Body::from_stream(stream::iter([Err::<Bytes, _>(cut_off())]))
}

/// A body that fails after its beginning has been sent.
pub(super) fn part(beginning: Bytes) -> Body {
    enum Part {
        Beginning(Bytes),
        Flush,
        End,
    }
    Body::from_stream(stream::unfold(Part::Beginning(beginning), |part| async {
        match part {
            Part::Beginning(bytes) if !bytes.is_empty() => Some((Ok(bytes), Part::Flush)),
            Part::Beginning(_) | Part::Flush => {
                // The server sends what it has while it waits for more.
                tokio::task::yield_now().await;
                Some((Err(cut_off()), Part::End))
            }
            Part::End => None,
        }
    }))
}

/// A body at so many bytes a second.
pub(super) fn slow(whole: Bytes, rate: NonZeroU32) -> Body {
    let rate = rate.get();
    let chunk = usize::try_from(rate / 10).unwrap_or(usize::MAX).max(1);
    let pause = if rate < 10 { Duration::from_secs(1) / rate } else { TICK };
    Body::from_stream(stream::unfold(whole, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep(pause).await;
        let now = rest.split_to(chunk.min(rest.len()));
        Some((Ok::<_, io::Error>(now), rest))
    }))
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "cut off by a fault")
}
