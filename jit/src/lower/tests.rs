//! Compiled traces that run, on a made-up VM: enough memory in the right layout, and nothing behind it.

use crate::codemem::CodeMemory;
use crate::ir::IrRef;
use crate::ir::{self, HelperAddrs, SnapId, Tail, Trace, TraceId};
use crate::layout::{self, boxing};
use crate::link::{Left, Native};
use crate::lower::{CompileError, Compiler};
use crate::opt::{Emitter, Induction, dce};
use ferrous_lua_runtime::{Value, Vm};

/// A VM structure, a stack, and tables made by hand.
struct Machine {
    vm: Vec<u64>,
    stack: Vec<u64>,
    compiler: Compiler,
    native: Native,
}

/// The slot that traces are entered with as slot 0.
const BASE: usize = 8;

impl Machine {
    fn new() -> Machine {
        Machine::with_helpers(HelperAddrs::empty())
    }

    fn with_helpers(helpers: HelperAddrs) -> Machine {
        let mut compiler = Compiler::new().unwrap();
        compiler.listings = std::env::var_os("JIT_LISTING").is_some();
        let native = Native::new(&mut compiler, helpers, CodeMemory::default()).unwrap();
        let vm = vec![0; size_of::<Vm>().div_ceil(8)];
        Machine { vm, stack: vec![boxing::NIL; 64], compiler, native }
    }

    fn add(&mut self, text: &str) -> TraceId {
        self.add_trace(&ir::parse(text).unwrap())
    }

    fn add_trace(&mut self, trace: &Trace) -> TraceId {
        ir::verify(trace).unwrap();
        let id = self.native.reserve();
        self.native.make_exits(id, trace.snaps.len());
        let target = match trace.tail {
            Tail::Link(target, _) => Some(target),
            Tail::Again(_) => Some(id),
            _ => None,
        };
        let code = self.compiler.compile(trace, &self.native.link_info(id, target)).unwrap();
        if let Some(listing) = &code.listing {
            eprintln!("{trace}\n{}\n{}", listing.clif, listing.vcode);
        }
        self.native.install(id, &code, "trace").unwrap();
        id
    }

    fn set(&mut self, slot: usize, value: f64) {
        self.stack[BASE + slot] = value.to_bits();
    }

    fn get(&self, slot: usize) -> f64 {
        f64::from_bits(self.stack[BASE + slot])
    }

    fn run(&mut self, trace: TraceId) -> Left {
        let base = &raw mut self.stack[BASE];
        // SAFETY: the traces of these tests only touch what they are given.
        unsafe { self.native.enter(trace, self.vm.as_mut_ptr().cast(), base) }
    }

    /// How far the base that the trace left is above the one it was entered with.
    fn base_delta(&self) -> isize {
        let base = self.vm[layout::vm::BASE as usize / 8] as *const u64;
        // SAFETY: traces leave bases in the stack.
        unsafe { base.offset_from(&raw const self.stack[BASE]) }
    }
}

fn exit(trace: TraceId, snap: u16) -> Left {
    Left::Exit(trace, SnapId(snap))
}

/// A table with an array part, as machine code sees it.
struct FakeTable {
    object: Box<[u64; 8]>,
    _array: Box<[u64]>,
}

impl FakeTable {
    /// Elements from key 0 on.
    fn new(elements: &[f64]) -> FakeTable {
        let array: Box<[u64]> = elements.iter().map(|element| element.to_bits()).collect();
        let mut object = Box::new([0; 8]);
        object[layout::table::ARRAY as usize / 8] = array.as_ptr() as u64;
        object[layout::table::ASIZE as usize / 8] = elements.len() as u64;
        // Two named slots, behind the object.
        object[layout::table::SLOTS as usize / 8] = &raw const object[6] as u64;
        FakeTable { object, _array: array }
    }

    fn boxed(&self) -> u64 {
        self.address() as u64 | boxing::tag(ir::Ty::Tab).unwrap()
    }

    fn address(&self) -> usize {
        self.object.as_ptr() as usize
    }

    fn field(&self, slot: usize) -> f64 {
        f64::from_bits(self.object[6 + slot])
    }
}

/// The trace as the optimiser leaves it; a loop is peeled.
fn optimised(text: &str, induction: Option<(usize, usize, usize)>) -> Trace {
    let trace = ir::parse(text).unwrap();
    ir::verify(&trace).unwrap();
    let mut emitter = Emitter::replay(&trace).unwrap();
    if let Some((index, next, stop)) = induction {
        let [index, next, stop] = [index, next, stop].map(IrRef::instr);
        emitter.set_induction(Induction { index, next, stop });
    }
    let looped = matches!(trace.tail, Tail::Again(_));
    dce(&if looped { emitter.peel().unwrap() } else { emitter.into_trace() })
}

/// `for i = i, n do s = s + i end` with `s`, `i`, `n` in slots 0, 1, 2.
const SUM: &str = "
    %0 SLoad.any #1
    %1 UnboxNum %0 !0
    %2 NumToInt %1 !0
    %3 SLoad.any #0
    %4 UnboxNum %3 !0
    %5 SLoad.any #2
    %6 UnboxNum %5 !0
    %7 NumToInt %6 !0
    %8 IntToNum %2
    %9 Add.num %4, %8
    %10 Add.int %2, +1
    %11 Interrupt !1
    %12 Le %10, %7 !1
    snap 0 guard pc 1 base 0 { }
    snap 1 guard pc 2 base 0 { #0: %9, #1: %10 }
    snap 2 guard pc 1 base 0 { #0: %9, #1: %10 }
    tail again !2";

#[test]
fn a_for_loop_sums() {
    let mut machine = Machine::new();
    let trace = machine.add_trace(&optimised(SUM, Some((2, 10, 7))));
    for (slot, value) in [(0, 0.0), (1, 1.0), (2, 100.0)] {
        machine.set(slot, value);
    }
    assert!(matches!(machine.run(trace), Left::Exit(id, _) if id == trace));
    assert_eq!((machine.get(0), machine.get(1)), (5050.0, 101.0));
    // A fraction in the counter leaves at the first guard, and changes nothing.
    machine.set(1, 1.5);
    assert_eq!(machine.run(trace), exit(trace, 0));
    assert_eq!((machine.get(0), machine.get(1)), (5050.0, 1.5));
    // So does a slot that holds no number.
    machine.set(1, 1.0);
    machine.stack[BASE] = boxing::TRUE;
    assert_eq!(machine.run(trace), exit(trace, 0));
    assert_eq!(machine.stack[BASE], boxing::TRUE);
}

#[test]
fn an_interrupt_leaves_the_loop() {
    let mut machine = Machine::new();
    let trace = machine.add_trace(&optimised(SUM, None));
    for (slot, value) in [(0, 0.0), (1, 1.0), (2, 100.0)] {
        machine.set(slot, value);
    }
    machine.vm[layout::vm::INTERRUPT as usize / 8] |= 1 << (layout::vm::INTERRUPT % 8 * 8);
    assert_eq!(machine.run(trace), exit(trace, 1));
    assert_eq!((machine.get(0), machine.get(1)), (1.0, 2.0));
}

/// A loop that counts looks for interrupts at the end of each strip, and leaves with the state of that very round.
#[test]
fn a_counting_loop_notices_an_interrupt_soon() {
    let mut machine = Machine::new();
    machine.vm = vec![0; 4096];
    // The trace's stores walk through the VM's memory; that of round 50 raises the interrupt.
    let cell = machine.vm.as_ptr() as usize + layout::vm::INTERRUPT as usize;
    let text = format!(
        "
        %0 SLoad.num #1
        %1 NumToInt %0 !0
        %2 SLoad.num #2
        %3 NumToInt %2 !0
        %4 SLoad.num #0
        %5 IntToNum %1
        %6 Add.num %4, %5
        %7 ElemRef ptr:{:#x}, %1
        %8 ElemStore %7, 1.5
        %9 Add.int %1, +1
        %10 Le %9, %3 !1
        %11 Interrupt !2
        snap 0 guard pc 1 base 0 {{ }}
        snap 1 branch pc 2 base 0 {{ #0: %6, #1: %9 }}
        snap 2 interrupt pc 1 base 0 {{ #0: %6, #1: %9 }}
        tail again !2",
        cell - 50 * 8 - 4
    );
    let peeled = optimised(&text, None);
    let trace = machine.add_trace(&peeled);
    for (slot, value) in [(0, 0.0), (1, 1.0), (2, 3.0)] {
        machine.set(slot, value);
    }
    let Left::Exit(_, snap) = machine.run(trace) else { panic!("the trace is linked") };
    assert_eq!((peeled.snap(snap).kind, machine.get(0), machine.get(1)), (ir::ExitKind::Branch, 6.0, 4.0));
    machine.set(2, 3000.0);
    let Left::Exit(_, snap) = machine.run(trace) else { panic!("the trace is linked") };
    assert_eq!(peeled.snap(snap).kind, ir::ExitKind::Interrupt);
    let next = machine.get(1);
    assert!((51.0..=51.0 + 256.0).contains(&next), "{next}");
    assert_eq!(machine.get(0), next * (next - 1.0) / 2.0);
}

/// `for i = i, n do s = s + a[i] * b[i] end` with `s`, `i`, `n`, `a`, `b` in slots 0 to 4.
const DOT: &str = "
    %0 SLoad.num #1
    %1 NumToInt %0 !0
    %2 Add.int %1, +1
    %3 SLoad.num #2
    %4 NumToInt %3 !0
    %5 SLoad.any #3
    %6 Unbox.tab %5 !0
    %7 ArraySize %6
    %8 InBounds %1, %7 !0
    %9 InBounds %4, %7 !0
    %10 ArrayPtr %6
    %11 ElemRef %10, %1
    %12 ElemLoad %11
    %13 UnboxNum %12 !0
    %14 SLoad.any #4
    %15 Unbox.tab %14 !0
    %16 ArraySize %15
    %17 InBounds %1, %16 !0
    %18 InBounds %4, %16 !0
    %19 ArrayPtr %15
    %20 ElemRef %19, %1
    %21 ElemLoad %20
    %22 UnboxNum %21 !0
    %23 Mul.num %13, %22
    %24 SLoad.any #0
    %25 UnboxNum %24 !0
    %26 Add.num %25, %23
    %27 Interrupt !1
    %28 Le %2, %4 !1
    snap 0 guard pc 1 base 0 { }
    snap 1 guard pc 2 base 0 { #0: %26, #1: %2 }
    tail again !1";

#[test]
fn a_dot_product_reads_arrays() {
    let mut machine = Machine::new();
    let trace = machine.add_trace(&optimised(DOT, Some((1, 2, 4))));
    let a = FakeTable::new(&[0.0, 1.0, 2.0, 3.0, 4.0]);
    let b = FakeTable::new(&[0.0, 10.0, 20.0, 30.0, 40.0]);
    for (slot, value) in [(0, 0.0), (1, 1.0), (2, 4.0)] {
        machine.set(slot, value);
    }
    machine.stack[BASE + 3] = a.boxed();
    machine.stack[BASE + 4] = b.boxed();
    machine.run(trace);
    assert_eq!((machine.get(0), machine.get(1)), (300.0, 5.0));
    // Beyond the array: the check of the last index refuses before anything is done.
    machine.set(0, 0.0);
    machine.set(1, 1.0);
    machine.set(2, 5.0);
    assert_eq!(machine.run(trace), exit(trace, 0));
    assert_eq!((machine.get(0), machine.get(1)), (0.0, 1.0));
    // An element that is no number leaves in its round, with the sum so far.
    let a = FakeTable::new(&[0.0, 1.0, 2.0, f64::from_bits(boxing::NIL), 4.0]);
    machine.stack[BASE + 3] = a.boxed();
    machine.set(2, 4.0);
    machine.run(trace);
    assert_eq!((machine.get(0), machine.get(1)), (50.0, 3.0));
}

/// The inner loop of Mandelbrot: `zr, zi, ci, cr, n` in slots 0 to 4, at most 50 rounds.
const MANDELBROT: &str = "
    %0 SLoad.num #0
    %1 SLoad.num #1
    %2 Mul.num %0, %0
    %3 Mul.num %1, %1
    %4 Add.num %2, %3
    %5 NotLt 4.0, %4 !0
    %6 Mul.num %0, 2.0
    %7 Mul.num %6, %1
    %8 SLoad.num #2
    %9 Add.num %7, %8
    %10 Sub.num %2, %3
    %11 SLoad.num #3
    %12 Add.num %10, %11
    %13 SLoad.num #4
    %14 Add.num %13, 1.0
    %15 Interrupt !1
    %16 Lt %14, 50.0 !1
    snap 0 guard pc 1 base 0 { }
    snap 1 guard pc 2 base 0 { #0: %12, #1: %9, #4: %14 }
    tail again !1";

#[test]
fn mandelbrot_counts_rounds() {
    let mut machine = Machine::new();
    let trace = machine.add_trace(&optimised(MANDELBROT, None));
    for (cr, ci) in [(0.3, 0.5), (-1.0, 0.25), (0.0, 0.0), (2.0, 2.0), (-0.75, 0.1)] {
        let (mut zr, mut zi, mut n) = (0.0f64, 0.0f64, 0.0f64);
        while n < 50.0 && zr * zr + zi * zi <= 4.0 {
            (zr, zi) = (zr * zr - zi * zi + cr, (zr + zr) * zi + ci);
            n += 1.0;
        }
        for (slot, value) in [(0, 0.0), (1, 0.0), (2, ci), (3, cr), (4, 0.0)] {
            machine.set(slot, value);
        }
        machine.run(trace);
        assert_eq!((machine.get(0), machine.get(1), machine.get(4)), (zr, zi, n), "at {cr} {ci}");
    }
}

#[test]
fn exits_rebuild_frames_and_move_the_base() {
    let mut machine = Machine::new();
    let trace = machine.add(
        "%0 SLoad.num #0
         %1 Add.num %0, 1.0
         %2 Lt %1, 10.0 !0
         snap 0 guard pc 7 base 5 { #3: func:0x4560, #4: ptr:0x1230, #5: %1, #6: nil, #7: true }
         snap 1 leave pc 8 base 0 { #0: %1 }
         tail leave !1",
    );
    machine.set(0, 1.0);
    assert_eq!(machine.run(trace), exit(trace, 1));
    assert_eq!((machine.get(0), machine.base_delta()), (2.0, 0));
    machine.set(0, 9.0);
    assert_eq!(machine.run(trace), exit(trace, 0));
    assert_eq!((machine.get(0), machine.base_delta()), (9.0, 5));
    let frame = &machine.stack[BASE + 3..BASE + 8];
    let func = boxing::tag(ir::Ty::Func).unwrap() | 0x4560;
    assert_eq!(frame, [func, 0x1230, 10.0f64.to_bits(), boxing::NIL, boxing::TRUE]);
}

#[test]
fn integer_overflow_leaves() {
    let mut machine = Machine::new();
    let text = |op: &str| {
        format!(
            "%0 SLoad.num #0
             %1 NumToInt %0 !0
             %2 SLoad.num #1
             %3 NumToInt %2 !0
             %4 {op} %1, %3 !0
             snap 0 guard pc 7 base 0 {{ }}
             snap 1 leave pc 8 base 0 {{ #0: %4 }}
             tail leave !1"
        )
    };
    let cases = [
        ("AddOv", 2_000_000_000.0, 100_000_000.0, Some(2_100_000_000.0)),
        ("AddOv", 2_000_000_000.0, 200_000_000.0, None),
        ("SubOv", -2_147_483_648.0, 1.0, None),
        ("SubOv", 5.0, 7.0, Some(-2.0)),
        ("MulOv", 65536.0, 32768.0, None),
        ("MulOv", -65536.0, 32768.0, Some(-2_147_483_648.0)),
        ("AddOv", -0.0, 1.0, None),
    ];
    for (op, a, b, expected) in cases {
        let trace = machine.add_trace(&optimised(&text(op), None));
        machine.set(0, a);
        machine.set(1, b);
        let left = machine.run(trace);
        assert_eq!(left, exit(trace, u16::from(expected.is_some())), "{op} {a} {b}");
        assert_eq!(machine.get(0), expected.unwrap_or(a));
    }
}

#[test]
fn integer_remainders_are_floored() {
    let mut machine = Machine::new();
    for divisor in [1, 2, 3, 7, 8, 10, 641, 65536, 1_000_003, i32::MAX] {
        let trace = machine.add(&format!(
            "%0 SLoad.num #0
             %1 NumToInt %0 !0
             %2 Mod.int %1, +{divisor}
             snap 0 guard pc 7 base 0 {{ }}
             snap 1 leave pc 8 base 0 {{ #0: %2 }}
             tail leave !1"
        ));
        let near = [0, 1, 2, divisor - 1, divisor, divisor.saturating_add(1), i32::MAX - 1, i32::MAX];
        for value in near.iter().flat_map(|value| [*value, value.wrapping_neg(), !*value]) {
            machine.set(0, f64::from(value));
            assert_eq!(machine.run(trace), exit(trace, 1));
            assert_eq!(machine.get(0), f64::from(value.rem_euclid(divisor)), "{value} % {divisor}");
        }
    }
}

#[test]
fn integer_remainders_are_those_of_all_that_doubles_hold() {
    let mut machine = Machine::new();
    let most = 1i64 << 53;
    for divisor in [1, 2, 3, 7, 641, 65536, 1_000_003, 1 << 30, (1 << 30) + 1, i32::MAX - 1, i32::MAX] {
        // High and low digits of the dividend.
        let trace = machine.add(&format!(
            "%0 SLoad.num #0
             %1 NumToInt %0 !0
             %2 SLoad.num #1
             %3 NumToInt %2 !0
             %4 Mul.int %1, +8388608
             %5 Add.int %4, %3
             %6 Mod.int %5, +{divisor}
             snap 0 guard pc 7 base 0 {{ }}
             snap 1 leave pc 8 base 0 {{ #0: %6 }}
             tail leave !1"
        ));
        let divisor = i64::from(divisor);
        let multiple = most / divisor * divisor;
        let near = [most, most - 1, multiple, multiple - 1, multiple + 1, divisor << 21, (divisor << 21) - 1];
        for value in near.iter().flat_map(|value| [*value, -*value]).filter(|value| value.abs() <= most) {
            machine.set(0, (value >> 23) as f64);
            machine.set(1, (value & 8_388_607) as f64);
            assert_eq!(machine.run(trace), exit(trace, 1));
            assert_eq!(machine.get(0), value.rem_euclid(divisor) as f64, "{value} % {divisor}");
        }
    }
}

#[test]
fn remainders_by_powers_of_two_are_those_by_division() {
    let mut machine = Machine::new();
    for divisor in [2.0f64, 64.0, 0.25, -8.0, f64::MIN_POSITIVE, 2f64.powi(-1030), 2f64.powi(1023)] {
        let trace = machine.add(&format!(
            "%0 SLoad.num #0
             %1 Mod.num %0, {divisor:?}
             snap 0 leave pc 8 base 0 {{ #0: %1 }}
             tail leave !0"
        ));
        let values = [0.0, -0.0, 0.3, -0.3, 7.5, -8.0, 1e-310, 1e300, -1e300, 4.5e15];
        for value in values {
            machine.set(0, value);
            machine.run(trace);
            let expected = value - (value / divisor).floor() * divisor;
            assert_eq!(machine.get(0).to_bits(), expected.to_bits(), "{value} % {divisor}");
        }
    }
}

#[test]
fn fields_are_loaded_and_stored() {
    let mut machine = Machine::new();
    let mut table = FakeTable::new(&[]);
    table.object[0] = 5 << 32;
    table.object[6] = 1.0f64.to_bits();
    table.object[7] = 0.5f64.to_bits();
    let trace = machine.add_trace(&optimised(
        "%0 SLoad.any #0
         %1 Unbox.tab %0 !0
         %2 TabShape %1
         %3 Eq %2, shape:5 !0
         %4 SlotsPtr %1
         %5 FieldRef %4, @0
         %6 FieldLoad %5
         %7 UnboxNum %6 !0
         %8 FieldRef %4, @1
         %9 FieldLoad %8
         %10 UnboxNum %9 !0
         %11 Add.num %7, %10
         %12 Barrier %1
         %13 FieldStore %5, %11
         %14 Lt %11, 100.0 !1
         snap 0 guard pc 1 base 0 { }
         snap 1 guard pc 2 base 0 { }
         tail again !1",
        None,
    ));
    machine.stack[BASE] = table.boxed();
    machine.run(trace);
    assert_eq!(table.field(0), 100.0);
    // Another shape.
    table.object[0] = 6 << 32;
    assert_eq!(machine.run(trace), exit(trace, 0));
}

#[test]
fn a_barrier_tells_the_collector_and_keeps_registers() {
    extern "C" fn barrier(_vm: *mut u8, object: *mut u8) {
        // SAFETY: the trace passes the table of this test.
        unsafe { *object.add(layout::header::GC as usize) &= !(layout::header::BLACK as u8) };
    }
    let mut helpers = HelperAddrs::empty();
    helpers.set(ir::Helper::BarrierBack, barrier as *const () as usize);
    let mut machine = Machine::with_helpers(helpers);
    let mut table = FakeTable::new(&[]);
    let trace = machine.add(
        "%0 SLoad.tab #0
         %1 SLoad.num #1
         %2 SLoad.num #2
         %3 SLoad.any #3
         %4 Barrier %0
         %5 SlotsPtr %0
         %6 FieldRef %5, @0
         %7 FieldStore %6, %3
         %8 Add.num %1, %2
         snap 0 leave pc 1 base 0 { #1: %8, #2: %3 }
         tail leave !0",
    );
    machine.stack[BASE] = table.boxed();
    for black in [0, (layout::header::BLACK as u64) << 8] {
        table.object[0] = 7 << 32 | black;
        machine.set(1, 1.0);
        machine.set(2, 2.0);
        machine.set(3, 4.0);
        machine.run(trace);
        assert_eq!(table.object[0], 7 << 32);
        assert_eq!((machine.get(1), machine.get(2), table.field(0)), (3.0, 4.0, 4.0));
    }
}

#[test]
fn the_barrier_of_elements_is_for_objects_only() {
    extern "C" fn barrier(_vm: *mut u8, table: *mut u64, child: u64) {
        // SAFETY: the trace passes the table of this test.
        unsafe { *table.add(1) = child };
    }
    let mut helpers = HelperAddrs::empty();
    helpers.set(ir::Helper::BarrierForward, barrier as *const () as usize);
    let mut machine = Machine::with_helpers(helpers);
    let mut table = FakeTable::new(&[]);
    let trace = machine.add(
        "%0 SLoad.tab #0
         %1 SLoad.any #1
         %2 SLoad.num #2
         %3 ElemBarrier %0, %1
         %4 Add.num %2, %2
         %5 ElemBarrier %0, %0
         snap 0 leave pc 1 base 0 { #2: %4 }
         tail leave !0",
    );
    machine.stack[BASE] = table.boxed();
    machine.set(1, 1.0);
    let black = (layout::header::BLACK as u64) << 8;
    // The number is not told of, the table itself is; nothing is while that is not black.
    for (header, child, told) in [
        (black, 1.0f64.to_bits(), table.boxed()),
        (black, Value::FALSE.to_bits(), table.boxed()),
        (0, table.boxed(), 0),
    ] {
        table.object[..2].copy_from_slice(&[header, 0]);
        machine.stack[BASE + 1] = child;
        machine.set(2, 2.0);
        machine.run(trace);
        assert_eq!((table.object[1], machine.get(2)), (told, 4.0));
    }
}

#[test]
fn a_side_trace_takes_over_and_links_back() {
    let mut machine = Machine::new();
    // Slot 0 counts to 20; above 9 the root leaves, and the side trace counts in steps of 2 in slot 1.
    let root = machine.add(
        "%0 SLoad.num #0
         %1 Lt %0, 20.0 !1
         %2 Lt %0, 10.0 !0
         %3 Add.num %0, 1.0
         snap 0 guard pc 2 base 0 { }
         snap 1 guard pc 9 base 0 { }
         snap 2 leave pc 1 base 0 { #0: %3 }
         tail again !2",
    );
    machine.set(0, 0.0);
    machine.set(1, 0.0);
    assert_eq!(machine.run(root), exit(root, 0));
    assert_eq!(machine.get(0), 10.0);
    let side = machine.add(&format!(
        "%0 SLoad.num #0
         %1 SLoad.num #1
         %2 Add.num %0, 1.0
         %3 Add.num %1, 2.0
         snap 0 leave pc 1 base 0 {{ #0: %2, #1: %3 }}
         tail link {} !0",
        root.0
    ));
    machine.native.attach(root, SnapId(0), side);
    assert_eq!(machine.run(root), exit(root, 1));
    assert_eq!((machine.get(0), machine.get(1)), (20.0, 20.0));
    // Unlinking the root sends the side trace to the driver.
    machine.native.unlink(root);
    machine.set(0, 15.0);
    assert_eq!(machine.run(side), Left::Entry(root));
    assert_eq!(machine.get(0), 16.0);
    assert_eq!(machine.run(root), Left::Entry(root));
    // Unlinking the side trace gives the exit back.
    machine.native.remove(side);
    assert_eq!(machine.run(side), Left::Entry(side));
}

#[test]
fn many_exits_share_one_store() {
    // Every guard needs slot 0: it is written through once, and the exits store nothing.
    let mut text = String::from("%0 SLoad.num #0\n%1 Add.num %0, 1.0\n");
    let mut snaps = String::new();
    for nth in 0..10 {
        text += &format!("%{} NotLt %1, {nth}.5 !{nth}\n", nth + 2);
        snaps += &format!("snap {nth} guard pc {nth} base 0 {{ #0: %1 }}\n");
    }
    text += &snaps;
    text += "snap 10 leave pc 10 base 0 { #0: %1 }\ntail leave !10";
    let trace = ir::parse(&text).unwrap();
    let plan = super::exits::ExitPlan::new(&trace);
    assert_eq!(plan.writes_before(IrRef::instr(2)).len(), 1);
    assert!((0..=10).all(|snap| plan.stores(SnapId(snap)).is_empty()));
    let mut machine = Machine::new();
    let id = machine.add_trace(&trace);
    machine.set(0, 3.0);
    assert_eq!(machine.run(id), exit(id, 4));
    assert_eq!(machine.get(0), 4.0);
}

#[test]
fn exits_share_the_making_of_an_object() {
    let mut text = String::from(
        "%0 SLoad.num #0
         %1 NewTable @0, @0 !0 sunk
         %2 SlotsPtr %1 sunk
         %3 FieldRef %2, @0 sunk
         %4 FieldStore %3, %0 sunk
         snap 0 guard pc 0 base 0 { }\n",
    );
    for nth in 1..6 {
        text += &format!("%{} NotLt %0, {nth}.5 !{nth}\n", nth + 4);
        text += &format!("snap {nth} guard pc {nth} base 0 {{ #1: %1, #{}: %0 }}\n", nth + 1);
    }
    text += "snap 6 leave pc 9 base 0 { }\ntail leave !6";
    let mut helpers = HelperAddrs::empty();
    helpers.set(ir::Helper::RebuildTable, 1);
    let mut machine = Machine::with_helpers(helpers);
    machine.compiler.listings = true;
    let trace = ir::parse(&text).unwrap();
    let id = machine.native.reserve();
    machine.native.make_exits(id, trace.snaps.len());
    let code = machine.compiler.compile(&trace, &machine.native.link_info(id, None)).unwrap();
    let clif = code.listing.expect("asked for").clif;
    let calls = clif.lines().filter(|line| line.trim_start().starts_with("call_indirect")).count();
    assert_eq!(calls, 1, "{clif}");
}

#[test]
fn helpers_are_called() {
    extern "C" fn sin(_vm: *mut u8, x: f64) -> f64 {
        x.sin()
    }
    let mut helpers = HelperAddrs::empty();
    helpers.set(ir::Helper::Sin, sin as *const () as usize);
    let mut machine = Machine::with_helpers(helpers);
    let trace = machine.add(
        "%0 SLoad.num #0
         %1 Call.num Sin(%0)
         %2 Add.num %1, %0
         snap 0 leave pc 1 base 0 { #0: %2 }
         tail leave !0",
    );
    machine.set(0, 2.0);
    machine.run(trace);
    assert_eq!(machine.get(0), 2.0f64.sin() + 2.0);
}

/// Any guard may be made to fail at any time, and the result is the same.
#[test]
fn forced_exits_change_nothing() {
    let mut machine = Machine::new();
    machine.native.enable_stress();
    let trace = optimised(SUM, Some((2, 10, 7)));
    let id = machine.add_trace(&trace);
    let mut random = 12345u32;
    for _ in 0..200 {
        for (slot, value) in [(0, 0.0), (1, 1.0), (2, 100.0)] {
            machine.set(slot, value);
        }
        loop {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            machine.native.force_exit_in(1 + (random >> 16) % 300);
            let Left::Exit(_, snap) = machine.run(id) else { panic!("the trace is linked") };
            // The interpreter's part: where the loop's condition is due, test it.
            if trace.snap(snap).pc == 2 && machine.get(1) > 100.0 {
                break;
            }
            if trace.snap(snap).pc == 1 {
                // Progress by one interpreted round.
                machine.set(0, machine.get(0) + machine.get(1));
                machine.set(1, machine.get(1) + 1.0);
                if machine.get(1) > 100.0 {
                    break;
                }
            }
        }
        assert_eq!((machine.get(0), machine.get(1)), (5050.0, 101.0));
    }
}

#[test]
fn a_compiler_that_panicked_can_be_used_again() {
    let mut machine = Machine::new();
    let whole = ir::parse(SUM).unwrap();
    let mut broken = whole.clone();
    broken.instrs[9].b = IrRef::instr(999);
    let id = machine.native.reserve();
    machine.native.make_exits(id, broken.snaps.len());
    let link = machine.native.link_info(id, Some(id));
    assert_eq!(machine.compiler.compile(&broken, &link).unwrap_err(), CompileError::Panic);
    machine.add_trace(&whole);
}
