//! Switches between coroutines as they mostly are: no hook looks on, both sides wait in calls of Lua functions, and a few
//! values pass. All others are the slow handlers'.

use super::calls::enter;
use crate::coroutine::{self, Landed};
use crate::dispatch::{constants_of, handler, jump, next};
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::native::{NativeKind, Special};

handler!(
    /// A call of what is no Lua function.
    #[inline(never)]
    call(pc, base, k, vm, x) {
        if let Some(native) = (*base.add(Instr(x).a())).as_native_function()
            && let NativeKind::Special(special) = native.native.kind
        {
            match special {
                Special::CoroutineYield => return jump!(yield_, pc, base, k, vm, x),
                Special::CoroutineResume => return jump!(resume, pc, base, k, vm, x),
                Special::CoroutineWrapped => return jump!(resume_wrapped, pc, base, k, vm, x),
                Special::Pcall | Special::Xpcall | Special::ReaderCall | Special::DebugCommand => {}
            }
        }
        return jump!(slow::call, pc, base, k, vm, x);
    }
);

/// Declares handlers of calls that switch.
macro_rules! switches {
    ($($name:ident: $switch:ident;)*) => {
        $(handler!(
            #[inline(never)]
            $name(pc, base, k, vm, x) {
                let i = Instr(x);
                let slot = base.add(i.a());
                let nargs =
                    if i.b() != 0 { i.b() - 1 } else { (*vm).top.offset_from(slot.add(2)) as usize };
                *slot.add(1) = Value::from_bits(pc as u64);
                match coroutine::$switch(vm, slot, nargs) {
                    Some(Landed { pc, base }) => next!(pc, base, constants_of(base), vm),
                    None => return jump!(slow::call, pc, base, k, vm, x),
                }
            }
        );)*
    };
}

switches! {
    yield_: yield_simply;
    resume: resume_simply;
    resume_wrapped: resume_wrapped_simply;
}

handler!(
    /// The step of a generic `for` whose iterator is any function.
    #[inline(never)]
    call_iterator(pc, base, k, vm, x) {
        let r = base.add(Instr(x).a());
        let (f, s, control) = (*r.sub(3), *r.sub(2), *r.sub(1));
        *r = f;
        *r.add(2) = s;
        *r.add(3) = control;
        *r.add(1) = Value::from_bits(pc as u64);
        if let Some(function) = f.as_lua_function() {
            enter!(function.as_ptr(), r.add(2), 2, vm)
        }
        if let Some(native) = f.as_native_function()
            && let NativeKind::Special(Special::CoroutineWrapped) = native.native.kind
            && let Some(Landed { pc, base }) = coroutine::resume_wrapped_simply(vm, r, 2)
        {
            next!(pc, base, constants_of(base), vm)
        }
        return jump!(slow::tfor_call, pc, base, k, vm, x);
    }
);
