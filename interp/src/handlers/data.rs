//! Moves, constants, upvalues, jumps.

use crate::dispatch::{handler, jump, next};
use crate::slow;
use ferrous_lua_runtime::Value;
use ferrous_lua_runtime::bytecode::Instr;
use ferrous_lua_runtime::object::{LuaFunction, UpvalueCell};

handler!(mov(pc, base, k, vm, x) {
    let i = Instr(x);
    *base.add(i.a()) = *base.add(i.d());
    next!(pc, base, k, vm)
});

handler!(load_k(pc, base, k, vm, x) {
    let i = Instr(x);
    *base.add(i.a()) = *k.add(i.d());
    next!(pc, base, k, vm)
});

handler!(load_kx(pc, base, k, vm, x) {
    *base.add(Instr(x).a()) = *k.add((*pc).0 as usize);
    next!(pc.add(1), base, k, vm)
});

handler!(load_int(pc, base, k, vm, x) {
    let i = Instr(x);
    *base.add(i.a()) = Value::from_bits(f64::from(i.signed_d()).to_bits());
    next!(pc, base, k, vm)
});

handler!(load_pri(pc, base, k, vm, x) {
    let i = Instr(x);
    *base.add(i.a()) = Value::from_bits(Value::NIL.to_bits() + i.d() as u64);
    next!(pc, base, k, vm)
});

handler!(load_nil(pc, base, k, vm, x) {
    let i = Instr(x);
    let (mut r, last) = (base.add(i.a()), base.add(i.d()));
    while r <= last {
        *r = Value::NIL;
        r = r.add(1);
    }
    next!(pc, base, k, vm)
});

handler!(not(pc, base, k, vm, x) {
    let i = Instr(x);
    *base.add(i.a()) = Value::boolean((*base.add(i.d())).is_falsy());
    next!(pc, base, k, vm)
});

/// The running function's upvalue `n`.
macro_rules! upvalue {
    ($base:expr, $n:expr) => {{
        let function = (*$base.sub(2)).payload() as *mut LuaFunction;
        LuaFunction::upvalues(function).add($n)
    }};
}

handler!(get_upval_v(pc, base, k, vm, x) {
    let i = Instr(x);
    *base.add(i.a()) = *upvalue!(base, i.d());
    next!(pc, base, k, vm)
});

handler!(get_upval(pc, base, k, vm, x) {
    let i = Instr(x);
    let cell = (*upvalue!(base, i.d())).to_bits() as *const UpvalueCell;
    *base.add(i.a()) = *(*cell).v;
    next!(pc, base, k, vm)
});

handler!(set_upval(pc, base, k, vm, x) {
    let i = Instr(x);
    let cell = (*upvalue!(base, i.a())).to_bits() as *mut UpvalueCell;
    let v = *base.add(i.d());
    *(*cell).v = v;
    if v.is_collectable() && (*cell).header.is_black() {
        return jump!(slow::set_upval_barrier, pc, base, k, vm, x);
    }
    next!(pc, base, k, vm)
});

handler!(close(pc, base, k, vm, x) {
    let open = (*(*vm).thread).open_upvalues;
    if !open.is_null() && (*open).v >= base.add(Instr(x).a()) {
        return jump!(slow::close, pc, base, k, vm, x);
    }
    next!(pc, base, k, vm)
});

handler!(jmp(pc, base, k, vm, x) {
    next!(pc.offset(Instr(x).j()), base, k, vm)
});

handler!(jmp_back(pc, base, k, vm, x) {
    next!(pc.add(1).offset(Instr(x).j()), base, k, vm)
});

handler!(jmp_back_jit(pc, base, k, vm, x) {
    let target = pc.add(1).offset(Instr(x).j());
    return jump!(slow::enter_native, target, base, k, vm, (*pc).0);
});

handler!(jmp_back_counting(pc, base, k, vm, x) {
    let counter = pc as *mut u32;
    let left = (*counter).wrapping_sub(1);
    *counter = left;
    let target = pc.add(1).offset(Instr(x).j());
    if left == 0 {
        return jump!(slow::hot_loop, target, base, k, vm, x);
    }
    next!(target, base, k, vm)
});
