//! Executable memory: chunks that are never writable and executable at the same address, cut into regions
//! that are freed one by one.
//!
//! On Linux a chunk is a memory file mapped twice, once to write and once to execute; elsewhere, or where
//! memory files are forbidden, it is one mapping whose protection is switched for each write. So it is also for the
//! profiler `perf`, which asks its map of names only about memory that no file backs.
//!
//! `cranelift-jit` is not used. It writes code through the address at which it will run, so it cannot sit
//! on a double mapping, and on a switched one it would need a page and two system calls for each trace;
//! it frees nothing smaller than a module; and what it adds beyond `cranelift-codegen`, symbols and
//! relocations, traces do not have (see [`crate::lower`], rule 4).
//!
//! # Rules
//!
//! 1. No address is writable and executable at once.
//! 2. Code is written only by the thread that owns the VM and while it is not in native code.
//! 3. A [`CodeRegion`] is freed only when nothing can run in it or jump into it any more: its owner has
//!    unlinked it and the VM is not in native code.

use std::io;

use memmap2::{Mmap, MmapMut, MmapOptions};

use crate::lower::CodeBytes;
use crate::params::{CODE_CHUNK_BYTES, CODE_CHUNK_MAX_BYTES, CODE_LIMIT_BYTES};

/// Regions start on multiples of this and are multiples of it long: a line of the caches.
const GRANULE: usize = 64;

/// A piece of executable memory with code in it.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeRegion {
    entry: usize,
    len: usize,
    chunk: usize,
}

impl CodeRegion {
    /// Where the code starts.
    pub fn entry(&self) -> usize {
        self.entry
    }

    /// Bytes reserved for it.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn contains(&self, address: usize) -> bool {
        (self.entry..self.start() + self.len).contains(&address)
    }

    /// Where the region starts: the code may start a little later.
    fn start(&self) -> usize {
        self.entry & !(GRANULE - 1)
    }
}

/// Why code could not be placed.
#[derive(Debug)]
pub enum CodeMemoryError {
    /// The limit is reached; freeing regions helps.
    Full,
    /// The system gives no (executable) memory.
    System(io::Error),
}

/// The executable memory of one VM. Nothing is reserved before the first code is placed.
pub struct CodeMemory {
    chunks: Vec<Chunk>,
    limit: usize,
    used: usize,
    perf: Option<PerfMap>,
}

impl Default for CodeMemory {
    fn default() -> CodeMemory {
        CodeMemory::new(CODE_LIMIT_BYTES)
    }
}

impl CodeMemory {
    /// At most `limit` bytes will be reserved.
    pub fn new(limit: usize) -> CodeMemory {
        CodeMemory { chunks: Vec::new(), limit, used: 0, perf: None }
    }

    /// Bytes that regions take.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Names what is placed from now on for `perf`.
    pub fn write_perf_map(&mut self, map: PerfMap) {
        self.perf = Some(map);
    }

    /// Copies code to executable memory.
    ///
    /// # Errors
    ///
    /// [`CodeMemoryError`]; nothing has changed then.
    pub fn place(&mut self, code: &CodeBytes, name: &str) -> Result<CodeRegion, CodeMemoryError> {
        debug_assert!(code.align <= GRANULE);
        let shift = code.loop_start.map_or(0, |start| shift_for(start, code.align));
        let len = (shift + code.bytes.len()).next_multiple_of(GRANULE);
        let (chunk, offset) = self.reserve(len)?;
        self.chunks[chunk].write(offset + shift, &code.bytes).map_err(CodeMemoryError::System)?;
        let region = CodeRegion { entry: self.chunks[chunk].exec_base() + offset + shift, len, chunk };
        self.used += len;
        if let Some(perf) = &mut self.perf {
            perf.add(&region, name);
        }
        Ok(region)
    }

    /// Gives a region back (rule 3).
    pub fn free(&mut self, region: CodeRegion) {
        let chunk = &mut self.chunks[region.chunk];
        self.used -= region.len;
        chunk.free.give(region.start() - chunk.exec_base(), region.len);
    }

    fn reserve(&mut self, len: usize) -> Result<(usize, usize), CodeMemoryError> {
        for (index, chunk) in self.chunks.iter_mut().enumerate() {
            if let Some(offset) = chunk.free.take(len) {
                return Ok((index, offset));
            }
        }
        let reserved: usize = self.chunks.iter().map(|chunk| chunk.len).sum();
        let wanted = (CODE_CHUNK_BYTES << self.chunks.len().min(16)).min(CODE_CHUNK_MAX_BYTES).max(len);
        let size = wanted.min(self.limit - reserved.min(self.limit));
        if size < len {
            return Err(CodeMemoryError::Full);
        }
        let mut chunk = Chunk::new(size, self.perf.is_some()).map_err(CodeMemoryError::System)?;
        let offset = chunk.free.take(len).expect("the chunk was made large enough");
        self.chunks.push(chunk);
        Ok((self.chunks.len() - 1, offset))
    }
}

/// How far behind the start of a region code is to lie, for what stands at `start` in it to be near the beginning of a line of the
/// caches. A short loop is then in one line: fetched from two, it may take twice as long.
fn shift_for(start: usize, align: usize) -> usize {
    let into_line = start % GRANULE / align * align;
    (GRANULE - into_line) % GRANULE
}

/// One mapping and what is free in it.
struct Chunk {
    pages: Pages,
    len: usize,
    free: FreeList,
}

enum Pages {
    /// The same memory, seen twice.
    Double { write: MmapMut, exec: Mmap },
    /// Seen once; `None` while the protection is being switched, and for good where the system refuses that: the mapping is lost
    /// then, with the code in it.
    Switched(Option<Mmap>),
}

impl Chunk {
    fn new(len: usize, anonymous: bool) -> io::Result<Chunk> {
        let pages = if anonymous { switched(len)? } else { double(len).or_else(|_| switched(len))? };
        Ok(Chunk { pages, len, free: FreeList::new(len) })
    }

    fn exec_base(&self) -> usize {
        match &self.pages {
            Pages::Double { exec, .. } => exec.as_ptr() as usize,
            Pages::Switched(pages) => pages.as_ref().map_or(0, |pages| pages.as_ptr() as usize),
        }
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        match &mut self.pages {
            Pages::Double { write, .. } => write[offset..offset + bytes.len()].copy_from_slice(bytes),
            Pages::Switched(pages) => {
                let exec = pages.take().ok_or_else(|| io::Error::other("code memory was lost"))?;
                let mut write = exec.make_mut()?;
                write[offset..offset + bytes.len()].copy_from_slice(bytes);
                *pages = Some(write.make_exec()?);
            }
        }
        synchronise_caches(self.exec_base() + offset, bytes.len());
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn double(len: usize) -> io::Result<Pages> {
    use rustix::fs::{MemfdFlags, ftruncate, memfd_create};
    let file = std::fs::File::from(memfd_create("ferrous-lua code", MemfdFlags::CLOEXEC)?);
    ftruncate(&file, len as u64)?;
    // SAFETY: the file is ours alone and keeps its size, so the mappings stay valid; nobody but this chunk
    // changes its contents (rule 2).
    let (write, exec) = unsafe {
        (MmapOptions::new().len(len).map_mut(&file)?, MmapOptions::new().len(len).map_exec(&file)?)
    };
    Ok(Pages::Double { write, exec })
}

#[cfg(not(target_os = "linux"))]
fn double(_len: usize) -> io::Result<Pages> {
    Err(io::ErrorKind::Unsupported.into())
}

fn switched(len: usize) -> io::Result<Pages> {
    Ok(Pages::Switched(Some(MmapMut::map_anon(len)?.make_exec()?)))
}

/// Makes code that was written as data visible to instruction fetch.
#[cfg(not(target_arch = "aarch64"))]
fn synchronise_caches(_start: usize, _len: usize) {
    // x86-64 keeps its instruction cache coherent; the jump into the new code serialises.
}

/// Makes code that was written as data visible to instruction fetch.
#[cfg(target_arch = "aarch64")]
fn synchronise_caches(start: usize, len: usize) {
    use std::arch::asm;
    let ctr: u64;
    // SAFETY: reads the cache type register, which user mode may.
    unsafe { asm!("mrs {}, ctr_el0", out(reg) ctr, options(nomem, nostack)) };
    let (data_line, code_line) = (4usize << ((ctr >> 16) & 15), 4usize << (ctr & 15));
    let end = start + len;
    // SAFETY: cache maintenance on mapped addresses changes nothing but caches. Data caches are physically
    // tagged, so that cleaning through the executable view reaches what was written through the other.
    unsafe {
        for line in (start & !(data_line - 1)..end).step_by(data_line) {
            asm!("dc cvau, {}", in(reg) line, options(nostack));
        }
        asm!("dsb ish", options(nostack));
        for line in (start & !(code_line - 1)..end).step_by(code_line) {
            asm!("ic ivau, {}", in(reg) line, options(nostack));
        }
        asm!("dsb ish", "isb", options(nostack));
    }
}

/// Free spans of a chunk, by offset, neighbours joined; first fit.
struct FreeList(Vec<(usize, usize)>);

impl FreeList {
    fn new(len: usize) -> FreeList {
        FreeList(vec![(0, len)])
    }

    fn take(&mut self, len: usize) -> Option<usize> {
        let index = self.0.iter().position(|span| span.1 >= len)?;
        let (offset, rest) = self.0[index];
        if rest == len {
            self.0.remove(index);
        } else {
            self.0[index] = (offset + len, rest - len);
        }
        Some(offset)
    }

    fn give(&mut self, offset: usize, len: usize) {
        let index = self.0.partition_point(|span| span.0 < offset);
        self.0.insert(index, (offset, len));
        for left in [index, index.wrapping_sub(1)] {
            if left < self.0.len().saturating_sub(1) && self.0[left].0 + self.0[left].1 == self.0[left + 1].0
            {
                self.0[left].1 += self.0[left + 1].1;
                self.0.remove(left + 1);
            }
        }
    }
}

/// The file in which `perf` looks up names of generated code.
pub struct PerfMap(std::fs::File);

impl PerfMap {
    /// Opens `/tmp/perf-PID.map`, which the VMs of a process share. Where `TMPDIR` leads `perf` does not ask.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn create() -> io::Result<PerfMap> {
        let path = format!("/tmp/perf-{}.map", std::process::id());
        Ok(PerfMap(std::fs::File::options().append(true).create(true).open(path)?))
    }

    fn add(&mut self, region: &CodeRegion, name: &str) {
        use std::io::Write;
        // Losing a name must not stop the program that is being profiled.
        let _ = writeln!(self.0, "{:x} {:x} {name}", region.entry, region.len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(len: usize) -> CodeBytes {
        CodeBytes { bytes: vec![0xC3; len], align: 16, loop_start: None, listing: None }
    }

    #[test]
    fn freed_regions_are_used_again_and_join() {
        let mut memory = CodeMemory::new(1 << 20);
        let a = memory.place(&code(100), "a").unwrap();
        let b = memory.place(&code(100), "b").unwrap();
        let c = memory.place(&code(100), "c").unwrap();
        assert_eq!((b.entry() - a.entry(), c.entry() - b.entry()), (128, 128));
        let start = a.entry();
        memory.free(a);
        memory.free(b);
        let d = memory.place(&code(200), "d").unwrap();
        assert_eq!(d.entry(), start);
        memory.free(c);
        memory.free(d);
        assert_eq!(memory.used(), 0);
        assert_eq!(memory.chunks[0].free.0, [(0, 1 << 20)]);
    }

    #[test]
    fn loops_start_near_the_beginning_of_a_line() {
        let mut memory = CodeMemory::new(1 << 20);
        for start in [0, 1, 15, 16, 63, 64, 100, 1000] {
            let code = CodeBytes { loop_start: Some(start), ..code(1024) };
            let region = memory.place(&code, "loop").unwrap();
            assert!((region.entry() + start) % GRANULE < code.align, "{start}");
            assert_eq!(region.entry() % code.align, 0);
            memory.free(region);
        }
        assert_eq!(memory.used(), 0);
        assert_eq!(memory.chunks[0].free.0, [(0, 1 << 20)]);
    }

    #[test]
    fn the_limit_holds() {
        let mut memory = CodeMemory::new(1 << 20);
        let _all = memory.place(&code(1 << 20), "all").unwrap();
        assert!(matches!(memory.place(&code(1), "more"), Err(CodeMemoryError::Full)));
    }

    #[test]
    fn both_ways_of_mapping_show_the_code() {
        for pages in [double(4096), switched(4096)] {
            let Ok(pages) = pages else { continue };
            let mut chunk = Chunk { pages, len: 4096, free: FreeList::new(4096) };
            chunk.write(64, &[1, 2, 3]).unwrap();
            let seen = match &chunk.pages {
                Pages::Double { exec, .. } => exec[64..67].to_vec(),
                Pages::Switched(pages) => pages.as_ref().unwrap()[64..67].to_vec(),
            };
            assert_eq!(seen, [1, 2, 3]);
        }
    }
}
