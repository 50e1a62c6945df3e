//! A listening socket and the connections on it.
//!
//! Owns accepting, how long a connection may say nothing, and shutting down. Knows no CIMI. `axum::serve` has no time
//! limit on a connection, and waits for all of them when it ends: one slow or dead caller would hold it for ever.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long a connection may take for the head of its next request, idle time included. Longer than clients commonly keep
/// idle connections (90 s), so that they close first and no request is lost to a connection that has just been closed.
const IDLE: Duration = Duration::from_mins(2);

/// How long a connection may take until it can carry requests.
const OPENING: Duration = Duration::from_secs(10);

/// How long requests under way may take to finish once the server shuts down.
const GRACE: Duration = Duration::from_secs(10);

/// The pause after the system has refused a connection for want of resources.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// Serves until `shutdown` is ready; each request carries the address that it comes from, as [`ConnectInfo`]. Then nothing is accepted any more, idle connections end, and requests under way have
/// ten seconds to finish.
///
/// # Errors
/// None so far: what the listening socket reports passes by itself (a connection gone before it was accepted), or with
/// time (too many open files).
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    serve_over(listener, router, shutdown, |stream| std::future::ready(Ok(stream))).await
}

/// Serves as [`serve`] does, over what `wrap` makes of each connection, such as one that is encrypted.
///
/// # Errors
/// None so far, as with [`serve`].
pub async fn serve_over<S, F>(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
    wrap: impl Fn(TcpStream) -> F,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = io::Result<S>> + Send + 'static,
{
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    // Small answers must not wait for more to come.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "TCP_NODELAY");
                    }
                    connections.spawn(connection(wrap(stream), address, router.clone(), stopped.clone()));
                }
                Err(error) if is_callers(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections");
                    sleep(EXHAUSTED).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = &mut shutdown => break,
        }
    }
    drop((listener, stop));
    let finished = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE, finished).await.is_err() {
        tracing::warn!(connections = connections.len(), "ending connections with requests under way");
    }
    Ok(())
}

/// One connection, until its end or until the server stops, which a dropped sender tells.
async fn connection<S: AsyncRead + AsyncWrite + Unpin>(
    stream: impl Future<Output = io::Result<S>>,
    address: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<()>,
) {
    let opened = tokio::select! {
        opened = timeout(OPENING, stream) => opened,
        _ = stopped.changed() => return,
    };
    let stream = match opened {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%error, "connection not opened");
            return;
        }
        Err(_) => {
            tracing::debug!("connection not opened in time");
            return;
        }
    };
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        service.call(request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

/// Whether an error of accepting concerns one connection only.
fn is_callers(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}
