//! What survives a crash of the machine. A look at the disk takes milliseconds: all who wait at the same time share one.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::watch;

/// Makes sure that a file survives a crash, on a thread of its own, which ends with this.
#[derive(Debug)]
pub(super) struct Disk {
    asked: Arc<AtomicU64>,
    wake: SyncSender<()>,
    sure: watch::Receiver<Sure>,
}

/// Up to which ticket what was written survives; or why none will any more.
type Sure = Result<u64, (io::ErrorKind, String)>;

impl Disk {
    /// Of that file.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn of(file: File) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let (tell, sure) = watch::channel(Ok(0));
        let asked = Arc::new(AtomicU64::new(0));
        let all = Arc::clone(&asked);
        std::thread::Builder::new().name("disk".to_owned()).spawn(move || {
            while woken.recv().is_ok() {
                let upto = all.load(Ordering::Acquire);
                let synced = file.sync_data().map(|()| upto).map_err(|e| (e.kind(), e.to_string()));
                let goes_on = synced.is_ok();
                let _ = tell.send_replace(synced);
                if !goes_on {
                    return;
                }
            }
        })?;
        Ok(Self { asked, wake, sure })
    }

    /// A ticket for what has been written by now.
    pub(super) fn ticket(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Comes back once what a ticket stands for survives.
    ///
    /// # Errors
    /// When it will not.
    pub(super) async fn reached(&self, ticket: u64) -> io::Result<()> {
        // One that waits to be heard already asks for this as well.
        let _ = self.wake.try_send(());
        let mut sure = self.sure.clone();
        let is_told = |sure: &Sure| sure.as_ref().map_or(true, |upto| *upto >= ticket);
        match sure.wait_for(is_told).await.as_deref() {
            Ok(Ok(_)) => Ok(()),
            Ok(Err((kind, text))) => Err(io::Error::new(*kind, text.clone())),
            Err(_) => Err(io::Error::other("nobody looks after the disk any more")),
        }
    }
}
