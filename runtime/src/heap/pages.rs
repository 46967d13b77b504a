//! Pages: memory asked of the system itself.
//!
//! Blocks and the bigger ones of the large objects come from here and go back one by one. An allocator in between would keep what is
//! freed for as long as anything else lies above it, so that a state could hold many times its limit.
//!
//! Where there is no such system call (and under Miri, which knows no half mappings), the allocator has to do.

use std::ptr::NonNull;

/// Memory of `bytes` bytes at a multiple of `align`, a power of two that divides `bytes` or is no more than a page.
pub fn map(bytes: usize, align: usize) -> Option<NonNull<u8>> {
    system::map(bytes, align)
}

/// Gives memory back.
///
/// # Safety
///
/// [`map`] gave it for the same `bytes` and `align`, and nobody will use it again.
pub unsafe fn unmap(memory: *mut u8, bytes: usize, align: usize) {
    // SAFETY: the caller vouches for it.
    unsafe { system::unmap(memory, bytes, align) };
}

#[cfg(all(unix, not(miri)))]
mod system {
    use super::NonNull;
    use std::ptr::null_mut;

    fn map_anywhere(bytes: usize) -> Option<*mut u8> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping, at a place that the system chooses, touches no other.
        let p = unsafe { libc::mmap(null_mut(), bytes, access, libc::MAP_PRIVATE | libc::MAP_ANON, -1, 0) };
        (p != libc::MAP_FAILED).then_some(p as *mut u8)
    }

    pub fn map(bytes: usize, align: usize) -> Option<NonNull<u8>> {
        // Systems place mappings side by side, so that the one after an aligned one is aligned as well.
        let first = map_anywhere(bytes)?;
        if (first as usize).is_multiple_of(align) {
            return NonNull::new(first);
        }
        // SAFETY: mapped just now. What is cut off afterwards lies in the second mapping, around an aligned piece of it.
        unsafe {
            unmap(first, bytes, align);
            let whole = map_anywhere(bytes.checked_add(align)?)?;
            let head = whole.align_offset(align);
            let aligned = whole.add(head);
            if head > 0 {
                unmap(whole, head, align);
            }
            unmap(aligned.add(bytes), align - head, align);
            NonNull::new(aligned)
        }
    }

    pub unsafe fn unmap(memory: *mut u8, bytes: usize, _: usize) {
        // SAFETY: the caller vouches for the range. If the system has no room to note a hole between mappings, then what
        // is in the pages still goes.
        unsafe {
            if libc::munmap(memory as *mut libc::c_void, bytes) != 0 {
                libc::madvise(memory as *mut libc::c_void, bytes, libc::MADV_DONTNEED);
            }
        }
    }
}

#[cfg(not(all(unix, not(miri))))]
mod system {
    use super::NonNull;
    use std::alloc::Layout;

    fn layout(bytes: usize, align: usize) -> Option<Layout> {
        Layout::from_size_align(bytes, align).ok()
    }

    pub fn map(bytes: usize, align: usize) -> Option<NonNull<u8>> {
        // SAFETY: nobody asks for no bytes.
        NonNull::new(unsafe { std::alloc::alloc(layout(bytes, align)?) })
    }

    pub unsafe fn unmap(memory: *mut u8, bytes: usize, align: usize) {
        let layout = layout(bytes, align).expect("a layout that was allocated with");
        // SAFETY: the caller vouches for the memory.
        unsafe { std::alloc::dealloc(memory, layout) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_aligned_and_apart() {
        let align = 256 * 1024;
        let mapped: Vec<_> = (1..8).map(|n| (map(n * align, align).unwrap().as_ptr(), n * align)).collect();
        for &(p, bytes) in &mapped {
            assert!((p as usize).is_multiple_of(align));
            // SAFETY: mapped above.
            unsafe { p.write_bytes(bytes as u8 | 1, bytes) };
        }
        for &(p, bytes) in &mapped {
            // SAFETY: mapped and written above, and used no longer.
            unsafe {
                assert_eq!((*p, *p.add(bytes - 1)), (bytes as u8 | 1, bytes as u8 | 1));
                unmap(p, bytes, align);
            }
        }
    }
}
