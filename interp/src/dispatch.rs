//! Dispatch: how one instruction's handler leads to the next.
//!
//! Every instruction is one handler, `fn(pc, base, x, vm, k)`: the five registers of the interpreter are machine
//! registers, because each handler's last act is to call the next one from [`Vm::dispatch`], which LLVM turns into a
//! jump. Where it does not optimise (`cfg(trampoline)`, chosen by the build script) a handler saves the registers and
//! returns to a loop instead; the handlers are the same, [`next!`] differs.
//!
//! # Rules
//!
//! 1. `pc` points behind the word whose handler runs (at its extra words), `base` at the running frame's register 0, `k` at the running
//!    prototype's constants, `vm` at the VM that all of them belong to. `x` is the instruction word; for a function header it is
//!    the number of arguments.
//! 2. A hot handler is a leaf: nothing in it has its address taken, and it calls nothing but its successor. What does not fit
//!    goes to a slow handler by the same kind of call.
//! 3. A slow handler saves `pc` and `base` to the VM, works on `&mut Vm`, and resumes from the VM's fields: the work may have
//!    changed frame, stack or coroutine, or pointed `pc` at [`EXIT`], which ends the run.
//! 4. Verified or compiled bytecode names only registers inside the frame, whose `frame_size` slots are inside the stack.

use crate::slow::Resume;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::vm::{EXIT_SLOT, Handler};
use ferrous_lua_runtime::{Value, Vm};

/// What every handler is. The instruction word comes third because x86-64 can take bytes 0 and 1 out of that register.
pub(crate) type HandlerFn = unsafe extern "C" fn(*const Instr, *mut Value, u32, *mut Vm, *const Value);

/// Code that ends a run.
pub(crate) static EXIT: [Instr; 1] = [Instr(EXIT_SLOT as u32)];

/// Declares handlers: `handler!(name(pc, base, k, vm, x) { body })`. The body is unsafe code under the rules of this module.
macro_rules! handler {
    ($(#[$attr:meta])* $name:ident($pc:ident, $base:ident, $k:ident, $vm:ident, $x:ident) $body:block) => {
        $(#[$attr])*
        #[allow(unused_variables, unused_mut, unused_assignments, unused_unsafe)]
        pub(crate) unsafe extern "C" fn $name(
            mut $pc: *const ferrous_lua_runtime::bytecode::Instr,
            mut $base: *mut ferrous_lua_runtime::Value,
            $x: u32,
            $vm: *mut ferrous_lua_runtime::Vm,
            mut $k: *const ferrous_lua_runtime::Value,
        ) {
            // SAFETY: rules 1 and 4 of `dispatch`.
            unsafe { $body }
        }
    };
}
pub(crate) use handler;

/// Goes on with the instruction at `pc`.
macro_rules! next {
    ($pc:expr, $base:expr, $k:expr, $vm:expr) => {{
        let pc: *const ferrous_lua_runtime::bytecode::Instr = $pc;
        let word = (*pc).0;
        return $crate::dispatch::jump!(
            $crate::dispatch::handler_of($vm, word),
            pc.add(1),
            $base,
            $k,
            $vm,
            word
        );
    }};
}

/// Goes on with another handler and the registers given; to be used as `return jump!(..)`.
#[cfg(not(trampoline))]
macro_rules! jump {
    ($handler:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {
        $handler($pc, $base, $x, $vm, $k)
    };
}

#[cfg(trampoline)]
macro_rules! jump {
    ($handler:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {
        $crate::dispatch::trampoline::set($vm, $handler, $pc, $base, $k, $x)
    };
}
pub(crate) use {jump, next};

/// The handler of an instruction word.
///
/// # Safety
///
/// `vm` is valid and its dispatch table is filled with [`HandlerFn`]s.
#[inline(always)]
pub(crate) unsafe fn handler_of(vm: *mut Vm, word: u32) -> HandlerFn {
    // SAFETY: the table holds handlers only, for each of the 256 bytes.
    unsafe { std::mem::transmute::<Handler, HandlerFn>(*(*vm).dispatch.as_ptr().add((word & 0xff) as usize)) }
}

/// The constants of the function below `base`; of a native one nothing that anybody reads.
///
/// # Safety
///
/// `base` is a frame's base: below it lies a function.
#[inline(always)]
pub(crate) unsafe fn constants_of(base: *mut Value) -> *const Value {
    // SAFETY: both kinds of function have a readable pointer to at least two words at the prototype's place.
    unsafe {
        let function = (*base.sub(2)).payload() as *const ferrous_lua_runtime::object::LuaFunction;
        (*(*function).proto).k
    }
}

/// Runs from the VM's saved registers until something points `pc` at [`EXIT`].
///
/// # Safety
///
/// The saved registers name a frame and an instruction of the VM; `resume` says how to begin.
pub(crate) unsafe fn run(vm: *mut Vm, resume: Resume) {
    // SAFETY: the caller vouches for the registers.
    unsafe {
        let (pc, base) = ((*vm).pc, (*vm).base);
        let word = (*pc).0;
        let x = resume.nargs().unwrap_or(word);
        let handler = handler_of(vm, word);
        #[cfg(not(trampoline))]
        handler(pc.add(1), base, x, vm, constants_of(base));
        #[cfg(trampoline)]
        trampoline::run(vm, handler, pc.add(1), base, constants_of(base), x);
    }
}

handler!(
    /// Ends a run: just returns.
    exit(pc, base, k, vm, x) {
        #[cfg(trampoline)]
        trampoline::stop(vm);
    }
);

#[cfg(trampoline)]
pub(crate) mod trampoline {
    //! The registers between two handlers, where these cannot be chained.

    use super::{HandlerFn, Instr, Value, Vm};
    use ferrous_lua_runtime::vm::Trampoline;

    /// # Safety
    ///
    /// `vm` is valid.
    #[inline(always)]
    pub(crate) unsafe fn set(
        vm: *mut Vm,
        h: HandlerFn,
        pc: *const Instr,
        base: *mut Value,
        k: *const Value,
        x: u32,
    ) {
        // SAFETY: the caller vouches for `vm`.
        unsafe { (*vm).trampoline = Trampoline { handler: h as *const (), pc, base, k, x } };
    }

    /// # Safety
    ///
    /// `vm` is valid.
    pub(crate) unsafe fn stop(vm: *mut Vm) {
        // SAFETY: the caller vouches for `vm`.
        unsafe { (*vm).trampoline.handler = std::ptr::null() };
    }

    /// # Safety
    ///
    /// The registers are a handler's.
    pub(crate) unsafe fn run(
        vm: *mut Vm,
        h: HandlerFn,
        pc: *const Instr,
        base: *mut Value,
        k: *const Value,
        x: u32,
    ) {
        // SAFETY: the caller vouches for the registers; every handler leaves its successor's in `trampoline`.
        unsafe {
            let saved = (*vm).trampoline;
            set(vm, h, pc, base, k, x);
            loop {
                let t = (*vm).trampoline;
                if t.handler.is_null() {
                    break;
                }
                let handler = std::mem::transmute::<*const (), HandlerFn>(t.handler);
                handler(t.pc, t.base, t.x, vm, t.k);
            }
            (*vm).trampoline = saved;
        }
    }
}
