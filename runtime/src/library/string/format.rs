//! `string.format`.

use super::super::make_room;
use crate::error::Throw;
use crate::native::Args;
use crate::text::printf::{Conversion, Spec};
use crate::text::quote::append_quoted;
use crate::{Value, Vm};

/// The most bytes that a number or a string's padding takes: `%f` of the greatest number, with 99 decimals.
const MAX_ITEM: usize = 512;

pub(super) fn format(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let mut out = std::mem::take(&mut vm.library.scratch);
    out.clear();
    append_formatted(vm, args, 0, &mut out)?;
    let result = vm.new_string(&out)?;
    vm.library.keep_scratch(out);
    args.ret1(result)
}

/// Appends what the format in argument `first` makes of those behind it.
///
/// Source: `str_format` (`lstrlib.c`).
pub fn append_formatted(vm: &mut Vm, args: Args, first: u32, out: &mut Vec<u8>) -> Result<(), Throw> {
    let mut rest = vm.check_string(args, first)?.bytes();
    let mut next_arg = first + 1;
    // (Often nothing stands before the percent sign.)
    while let Some(percent) = if rest.starts_with(b"%") { Some(0) } else { memchr::memchr(b'%', rest) } {
        make_room(vm, out, percent + MAX_ITEM)?;
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
            Conversion::String => {
                let text = spec.shown_part(vm.check_string(args, arg)?.bytes());
                make_room(vm, out, text.len() + MAX_ITEM)?;
                spec.append_string(out, text);
            }
            Conversion::Quoted => {
                let text = vm.check_string(args, arg)?.bytes();
                // Every byte may become four.
                make_room(vm, out, 4 * text.len() + 2)?;
                append_quoted(out, text);
            }
            Conversion::Pointer => {
                let text = address_text(args.get(arg));
                spec.append_string(out, text.as_bytes());
            }
            _ => spec.append_number(out, vm.check_number(args, arg)?),
        }
    }
    make_room(vm, out, rest.len())?;
    out.extend_from_slice(rest);
    Ok(())
}

/// What `%p` shows of a value: where its object is, as `tostring` does, or that it is no object.
fn address_text(v: Value) -> String {
    let has_address = v.as_object().is_some() || v.as_light_userdata().is_some();
    if has_address { format!("{:#x}", v.payload()) } else { "NULL".into() }
}
