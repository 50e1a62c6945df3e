//! When a server is asked to end.
//!
//! Owns which signals ask for that. Knows no server.

use std::io;

/// From now on, Ctrl-C and SIGTERM (what service managers and containers send) do not end the program: what this returns
/// comes back at the first of them. Called before a server says where it is, so that nobody is too early.
///
/// # Errors
/// If the system does not let the program wait for them.
#[cfg(unix)]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// From now on, Ctrl-C does not end the program: what this returns comes back at the first one.
///
/// # Errors
/// If the system does not let the program wait for it.
#[cfg(not(unix))]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
