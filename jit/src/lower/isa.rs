//! The Cranelift target with the settings that traces want.

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};

/// The target for the machine that this runs on.
///
/// # Errors
///
/// A sentence saying why the machine is not supported.
pub fn host() -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let on =
        |flags: &mut settings::Builder, name: &str| flags.enable(name).map_err(|error| error.to_string());
    let set = |flags: &mut settings::Builder, name: &str, value: &str| {
        flags.set(name, value).map_err(|error| error.to_string())
    };
    set(&mut flags, "opt_level", "none")?;
    // The tail calling convention needs frame pointers.
    on(&mut flags, "preserve_frame_pointers")?;
    set(&mut flags, "enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
    set(&mut flags, "enable_probestack", "false")?;
    set(&mut flags, "enable_alias_analysis", "false")?;
    set(&mut flags, "unwind_info", "false")?;
    set(&mut flags, "is_pic", "false")?;
    let isa = cranelift_native::builder()?;
    isa.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
}
