//! Values as bytes, in LuaJIT's format.
//!
//! ```text
//!   value   tag u8, then what the tag says
//!   number  lengths and counts: below 0xe0 one byte; below 0x1fe0 two; else 0xff and four
//!   table   [0x0e number of its metatable] 0x08 + (1: has keys) + (2: array from 0, 4: array from 1) [array size] [keys]
//!           elements..., key, value...
//! ```
//!
//! Source: `lj_serialize.c`.

use super::Dictionaries;
use crate::error::Throw;
use crate::object::{Gc, Table};
use crate::table::FIRST;
use crate::{Value, Vm};

/// The first byte of an encoded value. Numbers of 32 and 64 bits are LuaJIT's C data, or its other number type.
pub(super) mod tag {
    pub const NIL: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const NULL: u8 = 3;
    pub const LIGHT_32: u8 = 4;
    pub const LIGHT_64: u8 = 5;
    pub const INTEGER: u8 = 6;
    pub const NUMBER: u8 = 7;
    pub const TABLE: u8 = 8;
    pub const TABLE_END: u8 = TABLE + 5;
    pub const METATABLE: u8 = 0x0e;
    pub const DICTIONARY_STRING: u8 = 0x0f;
    /// And what is above: the rest is the length.
    pub const STRING: u32 = 0x20;
}

/// Bits of a table's tag.
pub(super) mod table_bit {
    pub const KEYS: u8 = 1;
    pub const ARRAY_FROM_0: u8 = 2;
    pub const ARRAY_FROM_1: u8 = 4;
}

/// Up to this number one byte is enough.
pub(super) const ONE_BYTE: u32 = 0xe0;
/// Up to this, two.
pub(super) const TWO_BYTES: u32 = 0x1fe0;

/// How deep tables may be nested.
pub(super) const MAX_DEPTH: u32 = 100;

/// Writes values.
pub(super) struct Encoder {
    pub bytes: Vec<u8>,
    dictionaries: Dictionaries,
    depth: u32,
}

impl Encoder {
    pub fn new(dictionaries: Dictionaries) -> Encoder {
        Encoder { bytes: Vec::new(), dictionaries, depth: 0 }
    }

    /// Appends one value.
    ///
    /// # Errors
    ///
    /// If it, or one in it, is of a type that has no encoding, or is nested too deep; "not enough memory".
    pub fn value(&mut self, vm: &mut Vm, v: Value) -> Result<(), Throw> {
        super::super::make_room(vm, &mut self.bytes, 16)?;
        if let Some(n) = v.as_number() {
            self.bytes.push(tag::NUMBER);
            // Every NaN is the one that LuaJIT has.
            let bits = if n.is_nan() { 0xfff8_0000_0000_0000 } else { n.to_bits() };
            self.bytes.extend(bits.to_le_bytes());
        } else if let Some(s) = v.as_string() {
            super::super::make_room(vm, &mut self.bytes, 8 + s.bytes().len())?;
            self.number(tag::STRING + s.len);
            self.bytes.extend_from_slice(s.bytes());
        } else if let Some(t) = v.as_table() {
            self.table(vm, t)?;
        } else if let Some(address) = v.as_light_userdata() {
            match u32::try_from(address) {
                Ok(0) => self.bytes.push(tag::NULL),
                Ok(short) => {
                    self.bytes.push(tag::LIGHT_32);
                    self.bytes.extend(short.to_le_bytes());
                }
                Err(_) => {
                    self.bytes.push(tag::LIGHT_64);
                    self.bytes.extend(address.to_le_bytes());
                }
            }
        } else {
            let simple = match v {
                Value::NIL => tag::NIL,
                Value::FALSE => tag::FALSE,
                Value::TRUE => tag::TRUE,
                _ => {
                    let text = format!("cannot serialize '{}'", v.type_name());
                    return Err(vm.runtime_error(text.as_bytes()));
                }
            };
            self.bytes.push(simple);
        }
        Ok(())
    }

    fn number(&mut self, n: u32) {
        if n < ONE_BYTE {
            self.bytes.push(n as u8);
        } else if n < TWO_BYTES {
            let n = n - ONE_BYTE;
            self.bytes.extend([ONE_BYTE as u8 | (n >> 8) as u8, n as u8]);
        } else {
            self.bytes.push(0xff);
            self.bytes.extend(n.to_le_bytes());
        }
    }

    fn table(&mut self, vm: &mut Vm, t: Gc<Table>) -> Result<(), Throw> {
        if self.depth == MAX_DEPTH {
            return Err(vm.runtime_error(b"too deep to serialize"));
        }
        self.depth += 1;
        if let (Some(numbers), Some(metatable)) = (self.dictionaries.metatable_numbers, vm.table_metatable(t))
            && let Some(n) = vm.table_get(numbers, Value::table(metatable)).as_number()
        {
            self.bytes.push(tag::METATABLE);
            self.number(n as u32);
        }
        let array = vm.table_array(t);
        let elements = array.iter().rposition(|v| !v.is_nil()).map_or(0, |last| last + 1);
        let zeroth = vm.table_get_int(t, 0);
        // An array part has an element 0, so key 0 goes with it.
        let has_array = elements > 0 || !zeroth.is_nil();
        let in_array = |key: Value| {
            key.as_number().is_some_and(|n| n >= 0.0 && n <= elements as f64 && n.fract() == 0.0) && has_array
        };
        let mut keys = 0;
        let mut position = FIRST;
        while let Some((next, key, _)) = vm.table_next_at(t, position) {
            position = next;
            keys += u32::from(!in_array(key));
        }
        let mut table_tag = tag::TABLE | if keys > 0 { table_bit::KEYS } else { 0 };
        if has_array {
            let from_0 = !zeroth.is_nil();
            table_tag += if from_0 { table_bit::ARRAY_FROM_0 } else { table_bit::ARRAY_FROM_1 };
        }
        self.bytes.push(table_tag);
        if has_array {
            self.number(elements as u32 + 1);
        }
        if keys > 0 {
            self.number(keys);
        }
        if !zeroth.is_nil() {
            self.value(vm, zeroth)?;
        }
        for &v in &array[..elements] {
            self.value(vm, v)?;
        }
        let mut position = FIRST;
        while let Some((next, key, v)) = vm.table_next_at(t, position) {
            position = next;
            if !in_array(key) {
                self.key(vm, key)?;
                self.value(vm, v)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn key(&mut self, vm: &mut Vm, key: Value) -> Result<(), Throw> {
        if let (true, Some(numbers)) = (key.is_string(), self.dictionaries.string_numbers)
            && let Some(n) = vm.table_get(numbers, key).as_number()
        {
            super::super::make_room(vm, &mut self.bytes, 16)?;
            self.bytes.push(tag::DICTIONARY_STRING);
            self.number(n as u32);
            return Ok(());
        }
        self.value(vm, key)
    }
}
