//! [`Gc`]: a pointer to a heap object that is known to be live.

use super::Header;
use std::ops::Deref;
use std::ptr::NonNull;

/// A pointer to a live heap object.
///
/// It is a plain word: copying it does nothing and it roots nothing. Whoever holds one keeps object rule 1: it is good
/// until the next safepoint, and beyond it only while something that the collector sees refers to the object.
/// Functions of this workspace that take a `Gc` rely on that and so are safe to call with it; making one from a raw
/// pointer is where the promise is given.
#[repr(transparent)]
pub struct Gc<T>(NonNull<T>);

impl<T> Gc<T> {
    /// # Safety
    ///
    /// `p` points to a live object of type `T`.
    #[inline(always)]
    pub unsafe fn from_raw(p: *mut T) -> Gc<T> {
        debug_assert!(!p.is_null());
        // SAFETY: the caller vouches for `p`.
        Gc(unsafe { NonNull::new_unchecked(p) })
    }

    /// `None` for a null pointer.
    ///
    /// # Safety
    ///
    /// `p` is null or points to a live object of type `T`.
    #[inline(always)]
    pub unsafe fn from_nullable(p: *mut T) -> Option<Gc<T>> {
        NonNull::new(p).map(Gc)
    }

    #[inline(always)]
    pub fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    #[inline(always)]
    pub fn header(self) -> *mut Header {
        self.0.as_ptr() as *mut Header
    }

    /// Views the object as another type with the same address.
    ///
    /// # Safety
    ///
    /// The object's kind is one that `U` describes.
    #[inline(always)]
    pub unsafe fn cast<U>(self) -> Gc<U> {
        Gc(self.0.cast())
    }
}

impl<T> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Gc<T> {}

impl<T> PartialEq for Gc<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Gc<T> {}

impl<T> Deref for Gc<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the object is live (see the type), and one party at a time owns the VM, so nobody writes to it
        // during the short borrow.
        unsafe { self.0.as_ref() }
    }
}

impl<T> std::fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:p}", self.0)
    }
}
