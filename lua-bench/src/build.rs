//! Our own VM's binary: what is timed must be what the sources say.
//!
//! Where cargo runs this command, it is asked to build ferrous-lua first, with optimisation even if this command is without.
//! Otherwise the binary beside this one is taken.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

const BINARY: &str = "ferrous-lua";

/// The workspace.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Our VM as it lies on the disk.
pub struct Ours {
    pub binary: PathBuf,
    /// The commit it was built from, with `-dirty` if the sources have been changed since; only if we have built it.
    pub commit: Option<String>,
}

/// Our VM, if it is anywhere.
///
/// # Errors
///
/// If cargo cannot build it.
pub fn ours() -> Result<Option<Ours>> {
    let this = env::current_exe().context("cannot tell where this command is")?;
    let folder = this.parent().context("this command lies in no folder")?;
    let (folder, commit) = match (env::var_os("CARGO"), folder.parent()) {
        (Some(cargo), Some(target)) => {
            build(Path::new(&cargo), target)?;
            (target.join("release"), commit())
        }
        _ => (folder.to_owned(), None),
    };
    let binary = folder.join(format!("{BINARY}{}", env::consts::EXE_SUFFIX));
    Ok(binary.is_file().then_some(Ours { binary, commit }))
}

fn build(cargo: &Path, target: &Path) -> Result<()> {
    let manifest = Path::new(SOURCES).join("Cargo.toml");
    let status = Command::new(cargo)
        .args(["build", "--release", "--bin", BINARY, "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .stdout(Stdio::null())
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo cannot build ferrous-lua");
    Ok(())
}

/// Nothing without git, or where the sources are not under it.
fn commit() -> Option<String> {
    let git = Command::new("git")
        .args(["-C", SOURCES, "describe", "--always", "--dirty", "--exclude=*"])
        .stderr(Stdio::null())
        .output();
    let output = git.ok().filter(|output| output.status.success())?;
    let commit = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!commit.is_empty()).then_some(commit)
}
