//! Where the interpreter meets the JIT: hot loops and functions, recording, entering native code; and interrupts.

use super::{Resume, resume, slow};
use crate::dispatch::{HandlerFn, constants_of, handler, handler_of, jump};
use crate::table::uncounted;
use ferrous_lua_runtime::bytecode::{Instr, Op};

slow! {
    /// A loop's counter has run out; `vm.pc` is its first instruction.
    hot_loop(vm, _i) {
        let hooks = vm.jit;
        (hooks.hot_loop)(vm);
        Resume::NEXT
    }

    /// A function's counter has run out; `vm.pc` is its first instruction behind the header.
    hot_function(vm, _i) {
        let hooks = vm.jit;
        (hooks.hot_function)(vm);
        Resume::NEXT
    }
}

handler!(
    /// Enters native code number `x`, which stands for the code at `pc`.
    enter_native(pc, base, k, vm, x) {
        (*vm).pc = pc;
        (*vm).base = base;
        let enter = (*vm).jit.enter;
        enter(vm, x);
        resume!(vm, Resume::NEXT)
    }
);

handler!(
    /// A marked instruction: native code may go on here. Whatever comes behind that is run without another look at its mark, so
    /// that code which leaves at once does not come back for ever.
    marked(pc, base, k, vm, x) {
        (*vm).pc = pc.sub(1);
        (*vm).base = base;
        let arrive = (*vm).jit.arrive;
        arrive(vm);
        let (pc, base) = ((*vm).pc, (*vm).base);
        let plain = (*pc).marked(false).0;
        return jump!(handler_of(vm, plain), pc.add(1), base, constants_of(base), vm, plain);
    }
);

handler!(
    /// Shows the instruction to the recorder, then runs it. While the recording goes on, loops and calls that have native
    /// code are interpreted all the same.
    record(pc, base, k, vm, x) {
        (*vm).pc = pc;
        (*vm).base = base;
        let word = (*pc.sub(1)).marked(false).0;
        let show = (*vm).jit.record;
        show(&mut *vm, word);
        let op = word as u8 as usize;
        if (*vm).dispatch[op] == (*vm).record_handler {
            let op = Instr(word).op();
            if op.is_native() {
                return jump!(uncounted(op), pc, base, k, vm, x);
            }
        }
        let plain: HandlerFn = std::mem::transmute((*vm).plain_dispatch[op]);
        return jump!(plain, pc, base, k, vm, x);
    }
);

handler!(
    /// Stands in the place of a loop's or a call's handler once an interrupt has been raised.
    interrupted(pc, base, k, vm, x) {
        (*vm).pc = pc;
        (*vm).base = base;
        if !(*vm).function_of_interrupt().is_nil() {
            let op = Instr((*pc.sub(1)).0).op();
            // At its header a function's frame is not complete. The next loop or call will do.
            if !matches!(op, Op::Func | Op::FuncV | Op::FuncJit) && (*vm).take_interrupt() {
                let r = crate::hooks::call_interrupt_function(&mut *vm);
                resume!(vm, r)
            }
            return jump!(uncounted(op), pc, base, k, vm, x);
        }
        if (*vm).take_interrupt() {
            let message = (*vm).interrupt_message;
            let throw = (*vm).runtime_error(message.as_bytes());
            let r = crate::unwind::raise(&mut *vm, throw);
            resume!(vm, r)
        }
        let word = (*pc.sub(1)).0;
        return jump!(crate::dispatch::handler_of(vm, word), pc, base, k, vm, x);
    }
);
