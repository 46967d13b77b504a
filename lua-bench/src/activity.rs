//! What else kept the machine busy while we measured: other processes, and, on a virtual machine, its host.
//!
//! The kernel's load says what waited a minute ago, such as the compiler that built this command, and nothing about what comes
//! later. So the time that all processors worked is taken before and after, and what our own processes used is taken off.

use std::fs;
use std::time::Instant;

use rustix::param::clock_ticks_per_second;

/// The machine's account at one moment. Times are in the kernel's ticks.
pub struct Activity {
    moment: Instant,
    /// Of all processors, the host's use of them included.
    worked: u64,
    /// By this process and all that it has started and waited for.
    own: u64,
}

impl Activity {
    /// Nothing where the kernel does not say.
    pub fn now() -> Option<Activity> {
        Some(Activity {
            moment: Instant::now(),
            worked: worked(&fs::read_to_string("/proc/stat").ok()?)?,
            own: own(&fs::read_to_string("/proc/self/stat").ok()?)?,
        })
    }

    /// How many processors others have kept busy since then, on average.
    pub fn others_since(&self) -> Option<f64> {
        self.others_until(&Activity::now()?)
    }

    fn others_until(&self, now: &Activity) -> Option<f64> {
        let ticks = now.moment.duration_since(self.moment).as_secs_f64() * clock_ticks_per_second() as f64;
        let (worked, own) = (now.worked.saturating_sub(self.worked), now.own.saturating_sub(self.own));
        // The two are counted apart, each with its own rounding.
        (ticks > 0.0).then(|| worked.saturating_sub(own) as f64 / ticks)
    }
}

/// From `/proc/stat`: `cpu user nice system idle iowait irq softirq steal guest ...`, where guests' time is in `user` already.
fn worked(stat: &str) -> Option<u64> {
    let times = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let times: Vec<u64> = times.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let [user, nice, system, _idle, _waiting, interrupts @ ..] = times.as_slice() else { return None };
    Some(user + nice + system + interrupts.iter().take(3).sum::<u64>())
}

/// From `/proc/self/stat`: user and system time, one's own and that of one's children, are its 14th to 17th field. The second is a name in
/// parentheses and may hold anything.
fn own(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let times = fields.split_whitespace().skip(11).take(4).map(str::parse);
    let times: Vec<u64> = times.collect::<Result<_, _>>().ok()?;
    (times.len() == 4).then(|| times.iter().sum())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn reads_the_kernels_accounts() {
        let stat = "cpu  100 20 3 9000 800 5 6 7 50 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(worked(stat), Some(100 + 20 + 3 + 5 + 6 + 7));
        assert_eq!(worked("cpu  1 2 3 4 5"), Some(6));
        assert_eq!((worked("cpu 1 2"), worked("cpu a b c d e"), worked("")), (None, None, None));
        let line = "17 (a ) b) R 1 2 3 4 5 6 7 8 9 10 1000 200 30 4 20 0 1";
        assert_eq!(own(line), Some(1234));
        assert_eq!((own("17 (a) R 1 2"), own("")), (None, None));
    }

    #[test]
    fn ones_own_work_is_not_that_of_others() {
        let start = Activity { moment: Instant::now(), worked: 5000, own: 100 };
        let seconds = |seconds: u64| seconds * clock_ticks_per_second();
        let after = |worked: u64, own: u64| Activity {
            moment: start.moment + Duration::from_secs(10),
            worked: start.worked + seconds(worked),
            own: start.own + seconds(own),
        };
        let others = start.others_until(&after(16, 9)).expect("time has passed");
        assert!((others - 0.7).abs() < 1e-9, "{others}");
        assert_eq!(start.others_until(&after(9, 10)), Some(0.0));
        assert_eq!(start.others_until(&start), None);
    }
}
