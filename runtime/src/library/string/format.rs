//! `string.format`.

use crate::error::Throw;
use crate::native::Args;
use crate::text::printf::{Conversion, Spec};
use crate::text::quote::append_quoted;
use crate::Vm;

pub(super) fn format(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let mut out = std::mem::take(&mut vm.library.scratch);
    out.clear();
    append_formatted(vm, args, &mut out)?;
    let result = vm.new_string(&out)?;
    vm.library.keep_scratch(out);
    args.ret1(result)
}

/// Source: `str_format` (`lstrlib.c`).
fn append_formatted(vm: &mut Vm, args: Args, out: &mut Vec<u8>) -> Result<(), Throw> {
    let mut rest = vm.check_string(args, 0)?.bytes();
    let mut next_arg = 1;
    while let Some(percent) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..percent]);
        rest = &rest[percent + 1..];
        if rest.first() == Some(&b'%') {
            out.push(b'%');
            rest = &rest[1..];
            continue;
        }
        let arg = next_arg;
        next_arg += 1;
        if !args.is_given(arg) {
            return Err(vm.arg_error(arg, "no value"));
        }
        let (spec, len) = Spec::parse(rest).map_err(|e| vm.runtime_error(&e.message()))?;
        rest = &rest[len..];
        match spec.conversion {
            Conversion::String => spec.append_string(out, vm.check_string(args, arg)?.bytes()),
            Conversion::Quoted => append_quoted(out, vm.check_string(args, arg)?.bytes()),
            _ => spec.append_number(out, vm.check_number(args, arg)?),
        }
    }
    out.extend_from_slice(rest);
    Ok(())
}
