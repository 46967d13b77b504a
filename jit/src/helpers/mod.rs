//! The functions that machine code calls; [`crate::ir::helper`] is their table.
//!
//! | module | |
//! |---|---|
//! | [`math`] | numbers |
//! | [`table`] | tables |
//! | [`string`] | strings |
//! | [`function`] | closures, upvalues, the collector, library functions |
//!
//! # Rules
//!
//! 1. The first argument is the VM, which the calling trace owns and lends; objects are live, values valid.
//! 2. Nothing here runs Lua code, moves the Lua stack or collects. What might unwind is [`caught`] and becomes the failure value;
//!    the error that a failure leaves in the VM is nobody's: the interpreter repeats the instruction and raises it.

mod function;
mod math;
mod string;
mod table;

pub use function::is_frameless;

use ferrous_lua_runtime::object::Gc;
use ferrous_lua_runtime::{OutOfMemory, Vm};

use crate::ir::{Helper, HelperAddrs};

/// Where all helpers are.
pub fn addresses() -> HelperAddrs {
    let mut addresses = HelperAddrs::empty();
    for &helper in Helper::ALL {
        addresses.set(helper, address(helper));
    }
    addresses
}

fn address(helper: Helper) -> usize {
    match helper {
        Helper::Pow => math::pow as *const () as usize,
        Helper::Fmod => math::fmod as *const () as usize,
        Helper::Sin => math::sin as *const () as usize,
        Helper::Cos => math::cos as *const () as usize,
        Helper::Tan => math::tan as *const () as usize,
        Helper::Asin => math::asin as *const () as usize,
        Helper::Acos => math::acos as *const () as usize,
        Helper::Atan => math::atan as *const () as usize,
        Helper::Atan2 => math::atan2 as *const () as usize,
        Helper::Sinh => math::sinh as *const () as usize,
        Helper::Cosh => math::cosh as *const () as usize,
        Helper::Tanh => math::tanh as *const () as usize,
        Helper::Exp => math::exp as *const () as usize,
        Helper::Log => math::log as *const () as usize,
        Helper::Log10 => math::log10 as *const () as usize,
        Helper::Floor => math::floor as *const () as usize,
        Helper::Ceil => math::ceil as *const () as usize,
        Helper::ToBit => math::to_bit as *const () as usize,
        Helper::TabGet => table::get as *const () as usize,
        Helper::TabGetStr => table::get_str as *const () as usize,
        Helper::SlotFind => table::find_slot as *const () as usize,
        Helper::TabGetInt => table::get_int as *const () as usize,
        Helper::TabIndex => table::index as *const () as usize,
        Helper::TabSetPlain => table::set_plain as *const () as usize,
        Helper::TabSet => table::set as *const () as usize,
        Helper::TabSetIndex => table::set_index as *const () as usize,
        Helper::TabSetStr => table::set_str as *const () as usize,
        Helper::TabSetInt => table::set_int as *const () as usize,
        Helper::TabLen => table::len as *const () as usize,
        Helper::GrowSlots => table::grow_slots as *const () as usize,
        Helper::NewTable => table::new_table as *const () as usize,
        Helper::RebuildTable => table::rebuild_table as *const () as usize,
        Helper::NewClosure => function::new_closure as *const () as usize,
        Helper::MakeClosure => function::make_closure as *const () as usize,
        Helper::RebuildClosure => function::rebuild_closure as *const () as usize,
        Helper::CloseUpvals => function::close_upvalues as *const () as usize,
        Helper::BarrierBack => function::barrier_back as *const () as usize,
        Helper::BarrierForward => function::barrier_forward as *const () as usize,
        Helper::StrEq => string::equal as *const () as usize,
        Helper::StrCompare => string::compare as *const () as usize,
        Helper::StrSub => string::sub as *const () as usize,
        Helper::StrChar => string::char as *const () as usize,
        Helper::Concat => string::concat as *const () as usize,
        Helper::NumToStr => string::from_number as *const () as usize,
        Helper::StrToNum => string::to_number as *const () as usize,
        Helper::TabNext => table::next as *const () as usize,
        Helper::TabAfter => table::after as *const () as usize,
        Helper::TabSetList => table::set_list as *const () as usize,
        Helper::CallLeaf | Helper::CallQuietLeaf => function::call_leaf as *const () as usize,
        Helper::SequenceStep => function::sequence_step as *const () as usize,
    }
}

/// What an exit makes: it cannot fail but for want of memory of the whole process, which ends that as it does elsewhere.
fn rebuilt<T>(vm: &mut Vm, make: impl Fn(&mut Vm) -> Result<T, OutOfMemory>) -> T {
    make(vm)
        .or_else(|OutOfMemory| vm.beyond_memory_limit(make))
        .unwrap_or_else(|OutOfMemory| std::alloc::handle_alloc_error(std::alloc::Layout::new::<T>()))
}

/// An object that machine code passed.
///
/// # Safety
///
/// Rule 1, and it is a `T`.
unsafe fn object<T>(p: *mut T) -> Gc<T> {
    // SAFETY: the caller vouches for it.
    unsafe { Gc::from_raw(p) }
}
