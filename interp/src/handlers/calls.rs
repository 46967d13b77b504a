//! Calls of Lua functions, returns, function headers. Everything else about calls is in `slow::call`.

use crate::dispatch::{constants_of, handler, jump, next};
use crate::handlers::coroutines;
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::{Instr, Op};
use ferrous_lua_runtime::frame;

/// Enters a Lua function: `newbase` is its frame, `x` the number of arguments.
macro_rules! enter {
    ($function:expr, $newbase:expr, $nargs:expr, $vm:expr) => {{
        let proto = (*$function).proto;
        let code: *const ferrous_lua_runtime::bytecode::Instr = (*proto).code;
        let nargs = $nargs as u32;
        return $crate::dispatch::jump!(
            $crate::dispatch::handler_of($vm, (*code).0),
            code.add(1),
            $newbase,
            (*proto).k,
            $vm,
            nargs
        );
    }};
}
pub(crate) use enter;

/// The Lua function in `$v`, else goes to `$slow`.
macro_rules! lua_function_or {
    ($v:expr, $slow:expr, $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        use ferrous_lua_runtime::object::{Kind, LuaFunction};
        use ferrous_lua_runtime::value::tag;
        let bits = $v.to_bits() ^ ((tag::FUNCTION as u64) << tag::SHIFT);
        if bits >> tag::SHIFT != 0 {
            return $crate::dispatch::jump!($slow, $pc, $base, $k, $vm, $x);
        }
        let f = bits as *const LuaFunction;
        if (*f).header.kind as u8 != Kind::LuaFunction as u8 {
            return $crate::dispatch::jump!($slow, $pc, $base, $k, $vm, $x);
        }
        f
    }};
}
pub(crate) use lua_function_or;

handler!(call(pc, base, k, vm, x) {
    let i = Instr(x);
    let ra = base.add(i.a());
    let f = lua_function_or!(*ra, coroutines::call, pc, base, k, vm, x);
    let newbase = ra.add(2);
    let nargs = if i.b() != 0 { i.b() - 1 } else { (*vm).top.offset_from(newbase) as usize };
    *ra.add(1) = Value::from_bits(pc as u64);
    enter!(f, newbase, nargs, vm)
});

handler!(tail_call(pc, base, k, vm, x) {
    let i = Instr(x);
    let ra = base.add(i.a());
    let f = lua_function_or!(*ra, slow::tail_call, pc, base, k, vm, x);
    let args = ra.add(2);
    let nargs = if i.b() != 0 { i.b() - 1 } else { (*vm).top.offset_from(args) as usize };
    *base.sub(2) = *ra;
    *base.sub(1) = Value::from_bits(frame::one_more_tail_call((*base.sub(1)).to_bits()));
    let mut n = 0;
    while n < nargs {
        *base.add(n) = *args.add(n);
        n += 1;
    }
    enter!(f, base, nargs, vm)
});

/// Makes sure of the stack and begins the body. `x` is the number of arguments.
macro_rules! func {
    ($($name:ident, $count:tt;)*) => {
        $(handler!($name(pc, base, k, vm, x) {
            let header = *pc.sub(1);
            if base.add(header.a()) > (*vm).stack_limit {
                return jump!(slow::grow_for_frame, pc, base, k, vm, x);
            }
            if (x as usize) < header.b() {
                return jump!(fill_parameters, pc, base, k, vm, x);
            }
            func!(@$count pc, base, k, vm, x)
        });)*
    };
    (@plain $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => { next!($pc.add(1), $base, $k, $vm) };
    (@counting $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        let counter = $pc as *mut u32;
        let left = (*counter).wrapping_sub(1);
        *counter = left;
        if left == 0 {
            return jump!(slow::hot_function, $pc.add(1), $base, $k, $vm, $x);
        }
        next!($pc.add(1), $base, $k, $vm)
    }};
    (@native $pc:expr, $base:expr, $k:expr, $vm:expr, $x:expr) => {{
        return jump!(slow::enter_native, $pc.add(1), $base, $k, $vm, (*$pc).0);
    }};
}

func! {
    func, plain;
    func_counting, counting;
    func_jit, native;
}

handler!(
    /// Gives nil to the parameters beyond the `x` arguments, then enters the function again with enough of them.
    #[inline(never)]
    fill_parameters(pc, base, k, vm, x) {
        let header = *pc.sub(1);
        let mut n = x as usize;
        while n < header.b() {
            *base.add(n) = Value::NIL;
            n += 1;
        }
        return jump!(crate::dispatch::handler_of(vm, header.0), pc, base, k, vm, n as u32);
    }
);

/// Returns to the caller, whose results are in place.
macro_rules! return_to {
    ($ret:expr, $call:expr, $base:expr, $vm:expr) => {{
        let caller = $base.sub($call.a() + 2);
        next!($ret, caller, constants_of(caller), $vm)
    }};
}

/// The word of the running frame's return address, if it is an address and nothing else; else goes to `ret_any` with `$x`.
macro_rules! plain_return_or {
    ($base:expr, $pc:expr, $k:expr, $vm:expr, $x:expr) => {{
        let word = (*$base.sub(1)).to_bits();
        if frame::tail_calls(word) != 0 {
            return jump!(ret_any, $pc, $base, $k, $vm, $x);
        }
        word as *const Instr
    }};
}

handler!(return0(pc, base, k, vm, x) {
    let ret = plain_return_or!(base, pc, k, vm, Instr::abc(Op::Return, 0, 1, 0).0);
    let call = *ret.sub(1);
    match call.c() {
        1 => {}
        2 => *base.sub(2) = Value::NIL,
        _ => return jump!(ret_any, pc, base, k, vm, Instr::abc(Op::Return, 0, 1, 0).0),
    }
    return_to!(ret, call, base, vm)
});

handler!(return1(pc, base, k, vm, x) {
    let v = *base.add(Instr(x).a());
    let ret = plain_return_or!(base, pc, k, vm, Instr::abc(Op::Return, Instr(x).a() as u8, 2, 0).0);
    let call = *ret.sub(1);
    if call.c() != 2 {
        return jump!(ret_any, pc, base, k, vm, Instr::abc(Op::Return, Instr(x).a() as u8, 2, 0).0);
    }
    *base.sub(2) = v;
    return_to!(ret, call, base, vm)
});

handler!(
    /// A return of any number of results to any number of wanted ones; `x` is a `Return` word.
    #[inline(never)]
    ret_any(pc, base, k, vm, x) {
        let i = Instr(x);
        let src = base.add(i.a());
        let count = if i.b() != 0 { i.b() - 1 } else { (*vm).top.offset_from(src) as usize };
        let ret = frame::return_address((*base.sub(1)).to_bits());
        let call = *ret.sub(1);
        let dst = base.sub(2);
        let wanted = if call.c() != 0 { call.c() - 1 } else { count };
        let mut n = 0;
        while n < wanted {
            *dst.add(n) = if n < count { *src.add(n) } else { Value::NIL };
            n += 1;
        }
        if call.c() == 0 {
            (*vm).top = dst.add(count);
        }
        return_to!(ret, call, base, vm)
    }
);
