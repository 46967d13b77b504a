//! Looking keys up: in dictionaries, as `table::dict` of the runtime does,
//!
//! ```text
//!            at = hash & mask
//!   probe ─► number = index[at] ── 0 ──────────────────► absent
//!     ▲        │
//!     │      entries[number - 1].key is it ? ── yes ───► found
//!     │        │ no
//!     └──── at = (at + 1) & mask
//! ```
//!
//! and among the slots of records, by the cache that `table::slot_cache` is, which the runtime fills.
//!
//! Keys are told apart by their bits alone: in dictionaries the recorder has seen to it that the key is equal to no other value.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};

use super::body::{Body, Emitted};
use super::compiler::ADDR;
use crate::ir::{Helper, Instr, IrRef, Ty};
use crate::layout::{self, dict, slot_cache, table};

impl Body<'_, '_> {
    /// The address of the value of key `b` in dictionary `a`, or of a nil.
    pub fn dict_find(&mut self, instr: Instr) -> Emitted<Value> {
        let (dict, key) = (self.val(instr.a)?, self.boxed_bits(instr.b)?);
        let hash = self.dict_hash(instr.b, key)?;
        let mask = self.builder.ins().uload32(MemFlagsData::trusted(), dict, dict::MASK);
        let first = self.builder.ins().band(hash, mask);
        // The index words lie behind the entries, whose number follows from the mask.
        let entry_words = self.builder.ins().imul_imm_s(mask, dict::ENTRY_WORDS_BY_MASK);

        let [probe, compare, next, absent, found] = std::array::from_fn(|_| self.builder.create_block());
        [next, absent].into_iter().for_each(|block| self.builder.set_cold_block(block));
        let at = self.builder.append_block_param(probe, types::I64);
        self.builder.ins().jump(probe, &[first.into()]);

        self.builder.switch_to_block(probe);
        let word = self.builder.ins().iadd(entry_words, at);
        let offset = self.builder.ins().ishl_imm_s(word, 2);
        let address = self.builder.ins().iadd(dict, offset);
        let number = self.builder.ins().uload32(MemFlagsData::trusted(), address, dict::FIRST_INDEX_WORD);
        self.builder.ins().brif(number, compare, &[], absent, &[]);

        self.builder.switch_to_block(compare);
        let offset = self.builder.ins().ishl_imm_s(number, dict::ENTRY_BYTES_LOG2);
        let behind = self.builder.ins().iadd(dict, offset);
        let has = self.load(types::I64, behind, dict::KEY);
        let value = self.builder.ins().iadd_imm_s(behind, i64::from(dict::VALUE));
        let is_it = self.builder.ins().icmp(IntCC::Equal, has, key);
        self.builder.ins().brif(is_it, found, &[value.into()], next, &[]);

        self.builder.switch_to_block(next);
        let behind = self.builder.ins().iadd_imm_s(at, 1);
        let at = self.builder.ins().band(behind, mask);
        self.builder.ins().jump(probe, &[at.into()]);

        self.builder.switch_to_block(absent);
        let nowhere = self.int_const(layout::absent() as u64);
        self.builder.ins().jump(found, &[nowhere.into()]);

        let place = self.builder.append_block_param(found, ADDR);
        self.builder.switch_to_block(found);
        Ok(place)
    }

    /// The address of the value of string `b` in a slot of table `a`.
    pub fn slot_find(&mut self, instr: Instr) -> Emitted<Value> {
        let (t, key) = self.vals(instr)?;
        let shape = self.builder.ins().uload32(MemFlagsData::trusted(), t, table::SHAPE);
        let hash = self.builder.ins().uload32(MemFlagsData::trusted(), key, layout::string::HASH);
        let mixed = self.builder.ins().bxor(shape, hash);
        let number = self.builder.ins().band_imm_s(mixed, slot_cache::MASK);
        let offset = self.builder.ins().ishl_imm_s(number, slot_cache::ENTRY_BYTES_LOG2);
        let entry = self.builder.ins().iadd(self.vm, offset);

        let [of_key, hit, present, miss, absent, found] =
            std::array::from_fn(|_| self.builder.create_block());
        [miss, absent].into_iter().for_each(|block| self.builder.set_cold_block(block));
        let entry_key = self.load(ADDR, entry, slot_cache::KEY);
        let is_key = self.builder.ins().icmp(IntCC::Equal, entry_key, key);
        self.builder.ins().brif(is_key, of_key, &[], miss, &[]);

        self.builder.switch_to_block(of_key);
        let entry_shape = self.builder.ins().uload32(MemFlagsData::trusted(), entry, slot_cache::SHAPE);
        let is_shape = self.builder.ins().icmp(IntCC::Equal, entry_shape, shape);
        self.builder.ins().brif(is_shape, hit, &[], miss, &[]);

        self.builder.switch_to_block(hit);
        let slot = self.builder.ins().uload32(MemFlagsData::trusted(), entry, slot_cache::SLOT);
        let is_absent = self.builder.ins().icmp_imm_s(IntCC::Equal, slot, slot_cache::ABSENT);
        self.builder.ins().brif(is_absent, absent, &[], present, &[]);

        self.builder.switch_to_block(present);
        let slots = self.load(ADDR, t, table::SLOTS);
        let offset = self.builder.ins().ishl_imm_s(slot, 3);
        let place = self.builder.ins().iadd(slots, offset);
        self.builder.ins().jump(found, &[place.into()]);

        self.builder.switch_to_block(miss);
        let place = self.made_by(Helper::SlotFind, [t, key])?;
        self.builder.ins().jump(found, &[place.into()]);

        self.builder.switch_to_block(absent);
        let nowhere = self.int_const(layout::absent() as u64);
        self.builder.ins().jump(found, &[nowhere.into()]);

        let place = self.builder.append_block_param(found, ADDR);
        self.builder.switch_to_block(found);
        Ok(place)
    }

    /// A number whose low 32 bits are the hash of a key.
    fn dict_hash(&mut self, key: IrRef, bits: Value) -> Emitted<Value> {
        if self.trace.ty(key) == Ty::Str {
            let string = self.val(key)?;
            return Ok(self.builder.ins().uload32(MemFlagsData::trusted(), string, layout::string::HASH));
        }
        let high = self.builder.ins().ushr_imm_s(bits, 32);
        let mixed = self.builder.ins().bxor(bits, high);
        let factor = self.int_const(dict::HASH_FACTOR);
        let product = self.builder.ins().imul(mixed, factor);
        Ok(self.builder.ins().ushr_imm_s(product, 32))
    }
}
