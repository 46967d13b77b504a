//! Dead code: drops instructions that neither do anything nor are used, and phis that only feed themselves;
//! then closes the gaps, so that instruction and snapshot numbers are dense.

use crate::ir::{Effect, Instr, IrRef, Op, SnapEntry, SnapId, Tail, Trace};
use crate::opt::Emitter;

/// The trace without dead code.
pub fn dce(trace: &Trace) -> Trace {
    let live = Liveness::new(trace);
    let compacted = compact(trace, &live);
    super::debug_verify(&compacted);
    compacted
}

struct Liveness {
    live: Vec<bool>,
    /// Values from before the loop marker that the loop uses.
    in_loop: Vec<bool>,
}

impl Liveness {
    fn new(trace: &Trace) -> Liveness {
        let len = trace.instrs.len();
        let mut this = Liveness { live: vec![false; len], in_loop: vec![false; len] };
        let marker = trace.loop_marker();
        let carries = trace.carries();
        if let Some(snap) = trace.tail_snap() {
            this.use_snap(trace, snap, marker.is_some());
        }
        // A phi is alive once its value is used inside the loop, which makes more alive: until no change. A carry likewise.
        loop {
            let mut changed = false;
            for index in (0..len).rev() {
                let instr = trace.instrs[index];
                if instr.op == Op::Phi || !(this.live[index] || is_root(instr)) {
                    continue;
                }
                this.live[index] = true;
                if instr.op == Op::Next {
                    continue;
                }
                let inside = marker.is_some_and(|marker| index > marker.index());
                trace.for_each_use(instr, |r| this.use_value(r, inside));
                if instr.snap != SnapId::NONE {
                    this.use_snap(trace, instr.snap, inside);
                }
            }
            for (index, phi) in trace.instrs.iter().enumerate().filter(|(_, instr)| instr.op == Op::Phi) {
                if this.in_loop[phi.a.index()] && !this.live[index] {
                    this.live[index] = true;
                    this.use_value(phi.b, true);
                    changed = true;
                }
            }
            let back_edges = trace.instrs.iter().filter(|instr| instr.op == Op::Next);
            for list in back_edges.filter_map(|next| next.list()) {
                for (carry, next) in carries.iter().zip(trace.args(list)) {
                    if this.live[carry.index()] && next.is_instr() && !this.live[next.index()] {
                        this.use_value(*next, true);
                        changed = true;
                    }
                }
            }
            if !changed {
                return this;
            }
        }
    }

    fn use_value(&mut self, r: IrRef, inside: bool) {
        if r.is_instr() {
            self.live[r.index()] = true;
            self.in_loop[r.index()] |= inside;
        }
    }

    fn use_snap(&mut self, trace: &Trace, snap: SnapId, inside: bool) {
        for entry in trace.snap_entries(snap) {
            self.use_value(entry.val, inside);
        }
    }
}

/// Must it stay even if nobody uses its value?
fn is_root(instr: Instr) -> bool {
    match instr.op.effect() {
        Effect::Call => !Emitter::is_quiet(instr.call().1),
        Effect::Mark => matches!(instr.op, Op::Loop | Op::Next | Op::Branch),
        _ => !instr.op.removable(),
    }
}

fn compact(trace: &Trace, liveness: &Liveness) -> Trace {
    let mut out = Trace::new();
    let mut map = vec![IrRef::NONE; trace.instrs.len()];
    let mut snaps = vec![SnapId::NONE; trace.snaps.len()];
    let value = |out: &mut Trace, map: &[IrRef], r: IrRef| match trace.const_of(r) {
        Some(k) => out.constant(k.ty, k.bits),
        None => map[r.index()],
    };
    let mut snapshot = |out: &mut Trace, map: &[IrRef], id: SnapId| {
        if id != SnapId::NONE && snaps[id.index()] == SnapId::NONE {
            let snap = trace.snap(id);
            let entries: Vec<SnapEntry> = trace
                .snap_entries(id)
                .iter()
                .map(|entry| SnapEntry { slot: entry.slot, val: value(out, map, entry.val) })
                .collect();
            let copy = out.add_snapshot(snap.kind, snap.pc, snap.base, &entries);
            out.set_recorded_at(copy, snap.from);
            out.set_needed(copy, snap.needed);
            snaps[id.index()] = copy;
        }
        if id == SnapId::NONE { id } else { snaps[id.index()] }
    };
    let carries = trace.carries();
    for (index, instr) in trace.instrs.iter().copied().enumerate() {
        if !liveness.live[index] {
            continue;
        }
        let mut copy = instr.fresh().map_refs(|r| value(&mut out, &map, r));
        if let Some(list) = instr.list() {
            let is_dead = |nth: usize| instr.op == Op::Next && !liveness.live[carries[nth].index()];
            let args = trace.args(list).iter().enumerate().filter(|(nth, _)| !is_dead(*nth));
            let args: Vec<IrRef> = args.map(|(_, arg)| value(&mut out, &map, *arg)).collect();
            copy.a = IrRef::from_raw(out.add_args(&args).0);
        }
        if instr.op == Op::Branch {
            let snap = snapshot(&mut out, &map, SnapId(instr.a.raw() as u16));
            copy.a = IrRef::from_raw(u32::from(snap.0));
        }
        copy.snap = snapshot(&mut out, &map, instr.snap);
        map[index] = out.push(copy);
    }
    out.tail = match trace.tail {
        Tail::Open => Tail::Open,
        Tail::Loop => Tail::Loop,
        Tail::Again(snap) => Tail::Again(snapshot(&mut out, &map, snap)),
        Tail::Link(target, snap) => Tail::Link(target, snapshot(&mut out, &map, snap)),
        Tail::Leave(snap) => Tail::Leave(snapshot(&mut out, &map, snap)),
    };
    out
}
