//! Where traces are compiled: on this thread, or on one of its own while the interpreter goes on.
//!
//! A job carries what the compiler needs, the trace and addresses; nothing of the VM is touched by the other thread. Finished code
//! waits in a channel until the engine looks. A trace that is dropped while its job waits is gone: it is not compiled any more.

use std::sync::Weak;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::ir::{Trace, TraceId};
use crate::lower::{CodeBytes, CompileError, Compiler, LinkInfo};
use crate::params::MAX_OPEN_JOBS;

/// A trace to be compiled.
pub struct Job {
    pub trace: Weak<Trace>,
    pub link: LinkInfo,
}

/// A finished job.
pub struct Done {
    pub id: TraceId,
    pub trace: Weak<Trace>,
    /// The code, or why there is none; `None` if the trace was gone.
    pub code: Option<Result<CodeBytes, CompileError>>,
}

/// A compiler on a thread of its own. The thread ends when this is dropped and the job at hand is finished.
pub struct Background {
    jobs: Sender<Job>,
    done: Receiver<Done>,
    /// Jobs that have been sent and not been taken back.
    open: usize,
}

impl Background {
    /// Starts the thread. `None` if there can be none.
    pub fn start(listings: bool) -> Option<Background> {
        let (jobs, inbox) = channel::<Job>();
        let (outbox, done) = channel();
        let work = move || {
            let Ok(mut compiler) = Compiler::new() else { return };
            compiler.listings = listings;
            for job in inbox {
                let code = job.trace.upgrade().map(|trace| compiler.compile(&trace, &job.link));
                if outbox.send(Done { id: job.link.trace, trace: job.trace, code }).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("lua jit".into()).spawn(work).ok()?;
        Some(Background { jobs, done, open: 0 })
    }

    /// Hands a job over; gives it back if the thread is gone.
    pub fn send(&mut self, job: Job) -> Result<(), Job> {
        self.jobs.send(job).map_err(|refused| refused.0)?;
        self.open += 1;
        Ok(())
    }

    /// Is so much waiting that more would only get old?
    pub fn is_overloaded(&self) -> bool {
        self.open >= MAX_OPEN_JOBS
    }

    /// A finished job, if there is one.
    pub fn take(&mut self) -> Option<Done> {
        if self.open == 0 {
            return None;
        }
        let done = self.done.try_recv().ok()?;
        self.open -= 1;
        Some(done)
    }
}
