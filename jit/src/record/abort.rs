//! Why a recording was given up.

/// Hands every abort reason to `$mac!`: meaning, name, text.
#[macro_export]
macro_rules! for_each_abort {
    ($mac:ident) => {
        $mac! {
            /// More instructions than [`crate::params::MAX_TRACE_INSTRS`].
            TooLong = "trace too long",
            /// More snapshots than fit.
            TooManyExits = "too many exits",
            /// An inner loop ran more rounds than are unrolled; it gets a trace of its own first.
            InnerLoop = "inner loop",
            /// The function returned into a loop and is called again by it: the loop, with the calls inlined, is the better trace.
            OuterLoop = "calls are inlined in the loop around them",
            /// More calls inside one another than are inlined.
            CallDepth = "calls nested too deep",
            /// The loop was left before it came around.
            LeftLoop = "left the loop",
            /// Control left the frame in which the trace began.
            LeftFrame = "left the frame it began in",
            /// A guard that was recorded can never pass.
            Contradiction = "guard never passes",
            /// A loop filled a table up just when it was recorded: growing is the rarer case, and slower.
            TableGrows = "a table grows",
            /// The loop's types do not settle.
            Unstable = "types do not settle",
            /// The first instruction is one that is left to the interpreter.
            NothingRecorded = "nothing that native code does better",
            /// The interpreter went elsewhere than the recorder expected: an error, a finaliser, another coroutine.
            Interrupted = "interrupted by an error or another coroutine",
            /// There was no memory for what the trace needs.
            Memory = "not enough memory",
            /// The recorder panicked, which is a fault of ours.
            Panic = "panic",
        }
    };
}

macro_rules! define_aborts {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, )*) => {
        /// Why a recording was given up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Abort { $( $(#[$doc])* $name, )* }

        impl Abort {
            pub const ALL: &'static [Abort] = &[ $( Abort::$name, )* ];
            pub const COUNT: usize = Abort::ALL.len();

            /// A few words for people.
            pub const fn text(self) -> &'static str {
                match self { $( Abort::$name => $text, )* }
            }
        }
    };
}
for_each_abort!(define_aborts);
